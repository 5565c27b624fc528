// Sends the set-up form with the token of the link, which no address that is sent or logged ever holds.
const form = document.getElementById("setup");
const said = document.getElementById("said");
form.hidden = false;
form.addEventListener("submit", async event => {
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(form));
  const again = fields.password_again;
  delete fields.password_again;
  fields.allow_registration = "allow_registration" in fields;
  if (!fields.external_url) delete fields.external_url;
  if (fields.admin_password !== again) {
    said.textContent = form.dataset.notTheSame;
    return;
  }
  const answer = await fetch("/api/setup/initialize", {
    method: "POST",
    headers: { "content-type": "application/json", "x-setup-token": location.hash.slice(1) },
    body: JSON.stringify(fields),
  }).catch(error => error);
  if (answer instanceof Error) {
    said.textContent = String(answer);
    return;
  }
  const body = await answer.json().catch(() => ({ detail: String(answer.status) }));
  if (!answer.ok) {
    const detail = Array.isArray(body.detail) ? body.detail.map(one => one.msg).join("\n") : body.detail;
    said.textContent = [detail, body.hint].filter(Boolean).join("\n");
    return;
  }
  form.hidden = true;
  said.textContent = "";
  document.getElementById("workspace").textContent = body.workspace;
  document.getElementById("token").textContent = body.registration_token;
  document.getElementById("done").hidden = false;
});
