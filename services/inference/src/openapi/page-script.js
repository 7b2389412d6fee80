/* global document */
// Runs in the browser: sends what a form of the page says and shows the answer. It may use only what all browsers have.

for (const form of document.querySelectorAll('form')) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const output = form.parentElement.querySelector('output');
    output.hidden = false;
    output.textContent = '…';
    const started = performance.now();
    try {
      const { url, init } = requestOf(form);
      const answer = await fetch(url, init);
      const text = await answer.text();
      const milliseconds = (performance.now() - started).toFixed(1);
      output.className = answer.ok ? '' : 'bad';
      output.textContent = `${answer.status} ${answer.statusText}, ${milliseconds} ms\n\n${readable(text)}`;
    } catch (error) {
      output.className = 'bad';
      output.textContent = String(error);
    }
  });
}

/** What to send. The page may lie below a prefix that a proxy adds, so paths are relative to it. */
function requestOf(form) {
  const headers = {};
  const key = document.querySelector('#key')?.value;
  if (key) headers.authorization = `Bearer ${key}`;
  let path = form.dataset.path;
  for (const { name, value, dataset } of form.querySelectorAll('input')) {
    if (dataset.in === 'path') path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (value !== '') headers[name] = value;
  }
  const body = form.querySelector('textarea');
  if (body) headers['content-type'] = body.dataset.type;
  return { url: `.${path}`, init: { method: form.dataset.method, headers, body: body?.value } };
}

function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
