/** `3 min 20 s`, `2 h 5 min`, `12 s`, `under a second`. Negative or unknown durations do not occur. */
export function duration(seconds: number): string {
  if (seconds < 1) return 'under a second';
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) {
    const rest = whole % 60;
    return rest === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${rest} s`;
  }
  const minutes = Math.round(whole / 60);
  const rest = minutes % 60;
  const hours = Math.floor(minutes / 60);
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

/** `38 MB`, `1.4 GB`, `512 kB`; powers of ten, as drives and networks count. */
export function bytes(count: number): string {
  if (count < 999.5) return `${Math.round(count)} B`;
  if (count < 999.5e3) return `${Math.round(count / 1e3)} kB`;
  if (count < 999.5e6) return `${Math.round(count / 1e6)} MB`;
  return `${(count / 1e9).toFixed(1)} GB`;
}

/** A learning rate as short as it can be without rounding away what matters: `.025`, `.0037`. */
export function rate(value: number): string {
  if (value === 0) return '0';
  return String(Number(value.toPrecision(3))).replace(/^0\./, '.');
}

/** `1 run`, `3 runs`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** A whole number in English: `15,625`. A browser's own formats take long at their first use. */
export function grouped(number: number): string {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** A stored UTC time in the visitor's own zone: `22 Nov, 14:05`. */
export function shortTime(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (number: number) => String(number).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return `${date.getDate()} ${MONTHS[date.getMonth()]}, ${time}`;
}

/** Speed as a step takes it: `12 ms a step`, `1.4 s a step`. */
export function pace(stepSeconds: number): string {
  if (stepSeconds < 0.9995) return `${Number((stepSeconds * 1000).toPrecision(2))} ms a step`;
  return `${Number(stepSeconds.toPrecision(2))} s a step`;
}
