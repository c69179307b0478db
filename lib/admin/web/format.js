// The script of the proxy's page. Text of clients, sites and the API only ever becomes textContent.
'use strict';

/** @param {string} id */
const byId = (id) => document.getElementById(id);

/** Writes bytes with a decimal unit, as traffic is billed: 1536 is "1.5 KB". */
function bytesText(bytes) {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit + 1 < units.length) {
    value /= 1000;
    unit += 1;
  }
  return unit === 0 ? `${Math.round(bytes)} B` : `${value.toFixed(1)} ${units[unit]}`;
}

/** Writes a duration with two units at most: 75 is "1 min 15 s". */
function secondsText(seconds) {
  const whole = Math.floor(seconds);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor(whole / 60) % 60} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor(whole / 3600) % 24} h`;
}

const agoText = (seconds) => (seconds === null || seconds === undefined ? 'never' : `${secondsText(seconds)} ago`);

const millisText = (ms) => (ms < 10 ? ms.toFixed(1) : String(Math.round(ms)));

const twoDigits = (number) => String(number).padStart(2, '0');

function timeText(ms) {
  const time = new Date(ms);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(':');
}

/** Leaves out the port that the method suggests. */
function hostText({ host, port, tunnel, method }) {
  if (!host) return '–';
  const usual = tunnel || method === 'CONNECT' || method === undefined ? 443 : 80;
  if (!port || port === usual) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const counted = (count, thing) => `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`;
