/**
 * A time for people, where they are: `2026-03-01 14:05:09`, a form that sorts and reads the same
 * everywhere. Programs are given ISO 8601 in UTC.
 */
export function localTime(when: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = [when.getFullYear(), two(when.getMonth() + 1), two(when.getDate())].join('-');
  const time = [when.getHours(), when.getMinutes(), when.getSeconds()].map(two).join(':');
  return `${date} ${time}`;
}

/** What `Date.toISOString` gives for the years of four digits (ECMA-262, date time string format). */
const UTC_TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;

/** A text that was kept for programs too, such as a log, with its times as people read them. */
export function withLocalTimes(text: string): string {
  return text.replace(UTC_TIME, (time) => {
    const when = new Date(time);
    return Number.isNaN(when.getTime()) ? time : localTime(when);
  });
}
