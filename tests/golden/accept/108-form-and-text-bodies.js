// expect: {"id":"note_0001","notes":[["Prefers mornings & quiet=yes",true]],"sum":{"bytes":6,"sum":795}}
const note = await acme.addCustomerNote({ customerId: "cus_009", text: "Prefers mornings & quiet=yes", pinned: true });
const notes = await acme.listCustomerNotes({ customerId: "cus_009" });
const sum = await acme.checksumText({ body: "héllo" });
return { id: note.id, notes: notes.map(({ text, pinned }) => [text, pinned]), sum };
