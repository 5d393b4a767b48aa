/** The messages of a topic above number `last` as they are posted, until `signal` aborts or the topic is gone.
 * A lost connection is taken up again where it was, after a pause that grows while that fails. */
export async function* messagesAfter(last, topic, signal) {
  for (let failures = 0; !signal.aborted; failures++) {
    const pause = failures && Math.min(500 * 2 ** failures, 60_000) * (0.5 + Math.random());
    await new Promise((resume) => setTimeout(resume, pause));
    try {
      const headers = { "Last-Event-ID": last };
      const answer = await fetch(`/api/topics/${topic}/messages/stream`, { headers, signal });
      if (answer.status === 404) return;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let text = "", part; !(part = await reader.read()).done;) {
        const events = (text + part.value).split("\n\n");
        text = events.pop();
        for (const event of events) {
          failures = 0;
          const data = /^data: (.*)/m.exec(event)?.[1];
          if (!data) continue; // a comment
          const message = JSON.parse(data);
          last = message.number;
          yield message;
        }
      }
    } catch { /* the connection is lost */ }
  }
}
