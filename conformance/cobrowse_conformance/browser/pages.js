// Tells the suite what the DevTools protocol does not: what goes over connections from browser to browser, and what a page
// sends over its WebSockets as it goes, when no client is attached to it any more.  Sound and pictures cannot be read; that
// there are any is told.
(() => {
  const told = globalThis["%BINDING%"];
  delete globalThis["%BINDING%"];
  if (!told) return;
  const tell = (way, kind, data) => told(JSON.stringify({ way, kind, data }));
  const letters = (bytes) => btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join(""));
  const read = async (way, data) => {
    if (typeof data === "string") tell(way, "data channel", letters(new TextEncoder().encode(data)));
    else if (data instanceof Blob) tell(way, "data channel", letters(new Uint8Array(await data.arrayBuffer())));
    else if (ArrayBuffer.isView(data)) tell(way, "data channel", letters(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)));
    else tell(way, "data channel", letters(new Uint8Array(data)));
  };
  const follow = (channel) => channel.addEventListener("message", (event) => read("received", event.data));
  const wrap = (owner, name, before) => {
    owner[name] = new Proxy(owner[name], {
      apply(own, self, given) {
        const result = Reflect.apply(own, self, given);
        before(self, given, result);
        return result;
      },
    });
  };

  // A page that goes: by a beacon, which the suite takes before it leaves the browser.
  let isLeaving = false;
  for (const name of ["pageswap", "pagehide", "visibilitychange"])
    addEventListener(name, () => (isLeaving = name !== "visibilitychange" || document.visibilityState === "hidden"), true);
  addEventListener("pageshow", () => (isLeaving = false), true);
  const { sendBeacon } = Navigator.prototype;
  wrap(WebSocket.prototype, "send", (self, given) => {
    if (isLeaving) sendBeacon.call(navigator, `${location.origin}%PATH%${encodeURIComponent(self.url)}`, new Blob([given[0]]));
  });

  if (!globalThis.RTCPeerConnection) return;
  wrap(RTCDataChannel.prototype, "send", (self, given) => read("sent", given[0]));
  wrap(RTCPeerConnection.prototype, "createDataChannel", (self, given, channel) => follow(channel));
  for (const name of ["addTrack", "addTransceiver", "addStream"])
    if (RTCPeerConnection.prototype[name]) wrap(RTCPeerConnection.prototype, name, () => tell("sent", "media", ""));
  globalThis.RTCPeerConnection = new Proxy(RTCPeerConnection, {
    construct(own, given, made) {
      const connection = Reflect.construct(own, given, made);
      connection.addEventListener("datachannel", (event) => follow(event.channel));
      connection.addEventListener("track", () => tell("received", "media", ""));
      return connection;
    },
  });
})();
