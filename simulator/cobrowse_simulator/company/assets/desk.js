// The agent's desk: the newest open chat, its lines, an answer, and its end.
"use strict";

const $ = (id) => document.getElementById(id);
let chat = null;
let lines = null;

function follow(newest) {
  if (newest?.interaction === chat?.interaction) return;
  lines?.close();
  chat = newest ?? null;
  $("lines").replaceChildren();
  $("who").textContent = chat ? `${chat.kind === "chat" ? "A customer chats" : "A customer calls"} with ${chat.agent}` : "Nobody is waiting.";
  for (const id of ["answer", "send", "end"]) $(id).disabled = !chat;
  if (!chat) return;
  lines = new EventSource(`/chats/${chat.interaction}/events`);
  lines.onmessage = (event) => {
    const said = JSON.parse(event.data);
    const line = document.createElement("li");
    line.className = said.author ?? "system";
    line.textContent = said.ended ? "The chat is over." : `${said.author}: ${said.text}`;
    $("lines").append(line);
    line.scrollIntoView();
    if (said.ended) lines.close();
  };
}

const post = (what, body) =>
  fetch(`/chats/${chat.interaction}/${what}`, { method: "POST", body: body && JSON.stringify(body) });

new EventSource("/chats/events").onmessage = (event) => follow(JSON.parse(event.data).at(-1));
$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("answer").value.trim();
  if (!text || !chat) return;
  $("answer").value = "";
  await post("messages", { text });
});
$("end").addEventListener("click", () => post("end"));
follow(undefined);
$("who").textContent = "Nobody is waiting.";
