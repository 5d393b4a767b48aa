const MOST = 500;
const person = document.documentElement.dataset.user ?? "";

/** What is kept here of a person for some days, by name: nothing where storage is full or forbidden. */
export function kept(place, days, storage = "localStorage") {
  const all = () => {
    try {
      return JSON.parse(window[storage].getItem(place)) ?? [];
    } catch {
      return [];
    }
  };
  const replace = (key, ...entry) => {
    const oldest = Date.now() - days * 86_400_000;
    const others = all().filter(([other, , at]) => other !== key && at > oldest);
    try {
      window[storage].setItem(place, JSON.stringify([...others, ...entry].slice(-MOST)));
    } catch { /* not kept */ }
  };
  replace(); // what is too old goes
  return {
    get: (name) => all().find(([key]) => key === person + name)?.[1],
    set: (name, value) => replace(person + name, [person + name, value, Date.now()]),
    delete: (name) => replace(person + name),
  };
}
