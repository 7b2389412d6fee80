/** Writes a value as Grafana does for the units that the dashboards use; an unknown unit is an error. */
export function format(value: number, unit: string): string {
  switch (unit) {
    case 'short':
      return scaled(value, 1000, ['', ' K', ' Mil', ' Bil']);
    case 'reqps':
      return `${scaled(value, 1000, ['', 'K', 'M'])} req/s`;
    case 'ops':
      return `${scaled(value, 1000, ['', 'K', 'M'])} ops/s`;
    case 'bytes':
      return scaled(value, 1024, [' B', ' KiB', ' MiB', ' GiB', ' TiB']);
    case 'percent':
      return `${digits(value)}%`;
    case 'percentunit':
      return `${digits(value * 100)}%`;
    case 's':
      if (value === 0 || Math.abs(value) >= 1) return `${digits(value)} s`;
      return Math.abs(value) >= 0.001 ? `${digits(value * 1e3)} ms` : `${digits(value * 1e6)} µs`;
    default:
      throw new Error(`the preview cannot write the unit ${unit}`);
  }
}

function scaled(value: number, base: number, units: string[]): string {
  const power = value === 0 ? 0 : Math.floor(Math.log(Math.abs(value)) / Math.log(base));
  const index = Math.max(0, Math.min(units.length - 1, power));
  return `${digits(value / base ** index)}${units[index] ?? ''}`;
}

/** Three digits, without zeros that say nothing. */
function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Text as XML holds it. */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** At most so many characters, the rest cut off. */
export function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, Math.max(1, most - 1))}…`;
}
