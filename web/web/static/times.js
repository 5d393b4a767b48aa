/* Times stay true while a page is open; their titles are in the reader's own time zone. */
const DAY = 86_400;
const UNITS = [[DAY, "day"], [3_600, "hour"], [60, "minute"]];

/** As the server's `shown.ago`. */
function ago(at, now) {
  const seconds = (now - at) / 1000;
  if (seconds < 60) return "just now";
  if (seconds < 7 * DAY) {
    const [size, unit] = UNITS.find(([size]) => seconds >= size);
    const number = Math.floor(seconds / size);
    return `${number} ${unit}${number > 1 ? "s" : ""} ago`;
  }
  const [, day, month, year] = at.toUTCString().split(" ");
  return `${Number(day)} ${month}` + (now.getUTCFullYear() > year ? ` ${year}` : "");
}

function refresh() {
  for (const time of document.querySelectorAll("time[title]")) {
    const at = new Date(time.dateTime);
    time.textContent = ago(at, new Date());
    time.title = at.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
  }
}

refresh();
setInterval(refresh, 60_000);
addEventListener("pageshow", refresh);
