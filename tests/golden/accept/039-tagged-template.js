// expect: ["<p>&lt;b&gt;&quot;Ada&quot; &amp; co&lt;/b&gt;</p><p>42</p>","C:\\new\\table 2"]
const escape = (value) => String(value).replace(/[&<>"]/g, (mark) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[mark]);
function html(strings, ...values) {
  return strings.reduce((text, part, index) => text + part + (index < values.length ? escape(values[index]) : ""), "");
}
const name = `<b>"Ada" & co</b>`;
return [html`<p>${name}</p><p>${42}</p>`, String.raw`C:\new\table ${1 + 1}`];
