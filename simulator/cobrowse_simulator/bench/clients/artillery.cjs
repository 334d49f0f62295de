// What Artillery's virtual users do besides sending: note how long each answer took.

function begin(context, _events, done) {
  const { ws } = context;
  // Artillery's engine does not see a socket close: end the step that waits, so that the next one finds it closed.
  ws.on("close", () => ws.onmessage?.({ data: "x" }));
  context.vars.at = performance.now();
  done();
}

function note(context, events, done) {
  const now = performance.now();
  events.emit("histogram", "answer", now - context.vars.at);
  context.vars.at = now;
  done();
}

module.exports = { begin, note };
