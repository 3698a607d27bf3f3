// expect: [{"id":"1","name":"Brandt, Bo","notes":"said \"hi\""},{"id":"2","name":"Ada","notes":""},{"id":"3","name":"multi\nline","notes":"x"}]
const csv = `id,name,notes
1,"Brandt, Bo","said ""hi"""
2,Ada,
3,"multi
line",x`;
function parseCsv(text) {
  const rows = [[""]];
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    const row = rows[rows.length - 1];
    if (quoted && c === '"' && text[i + 1] === '"') {
      row[row.length - 1] += '"';
      i++;
    } else if (c === '"') quoted = !quoted;
    else if (c === "," && !quoted) row.push("");
    else if (c === "\n" && !quoted) rows.push([""]);
    else row[row.length - 1] += c;
  }
  const [header, ...body] = rows;
  return body.map((cells) => Object.fromEntries(header.map((name, index) => [name, cells[index]])));
}
return parseCsv(csv);
