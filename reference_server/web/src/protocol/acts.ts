// Acts: what an agent does on the customer's page.

import type {
  Choose,
  GoBack,
  GoForward,
  OpenUrl,
  Press,
  PressKey,
  Refresh,
  Scroll,
  Submit,
  Type,
} from "./messages.gen";

/** An act of the agent. */
export type AgentAct =
  | Press
  | Type
  | Choose
  | PressKey
  | Submit
  | Scroll
  | OpenUrl
  | GoBack
  | GoForward
  | Refresh;
