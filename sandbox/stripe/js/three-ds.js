// The bank's page: shows what is being paid, asks the patient, and tells the sandbox how it ended.
(function () {
  "use strict";

  const { tell, on, post, dress, languageOf } = window.Sandbox;
  const at = (id) => document.getElementById(id);
  let asked = null;
  let words = window.Messages.en;
  let waiting = false;

  function amountOf(intent, language) {
    if (!intent.amount) return words.amount_none;
    const format = new Intl.NumberFormat(language, { style: "currency", currency: intent.currency.toUpperCase() });
    return format.format(intent.amount / 10 ** format.resolvedOptions().maximumFractionDigits);
  }

  function configure(given) {
    const language = languageOf(given.locale);
    asked = given;
    words = window.Messages[language];
    dress(given.scheme, {});
    document.documentElement.lang = language;
    for (const one of document.querySelectorAll("[data-text]")) one.textContent = words[one.dataset.text];
    at("close").setAttribute("aria-label", words.bank_close);
    at("lead").textContent = given.intent.amount ? words.bank_lead_payment : words.bank_lead_setup;
    at("merchant").textContent = given.merchant;
    at("amount").textContent = amountOf(given.intent, language);
    at("date").textContent = new Date().toLocaleDateString(language, { dateStyle: "medium" });
    at("bank").hidden = false;
    document.querySelector("h1").focus();
  }

  // Closing is a failed authentication, as at Stripe: the page hears the same error for both.
  async function finish(outcome) {
    if (waiting || !asked) return;
    waiting = true;
    at("wait").textContent = words.wait;
    for (const button of document.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
    const path = `/v1/sandbox/3ds/${encodeURIComponent(asked.intent.id)}`;
    tell("finished", await post(asked.account, path, { client_secret: asked.clientSecret, outcome }));
  }

  function keepFocusInside(event) {
    const stops = [...document.querySelectorAll("button")];
    const last = event.shiftKey ? stops[0] : stops[stops.length - 1];
    const outside = !stops.includes(document.activeElement) && event.shiftKey;
    if (document.activeElement !== last && !outside) return;
    event.preventDefault();
    (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
  }

  at("complete").addEventListener("click", () => finish("pass"));
  at("fail").addEventListener("click", () => finish("fail"));
  at("close").addEventListener("click", () => finish("fail"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") finish("fail");
    if (event.key === "Tab") keepFocusInside(event);
  });
  on("configure", configure);
  on("abandon", () => finish("fail"));
  tell("hello");
})();
