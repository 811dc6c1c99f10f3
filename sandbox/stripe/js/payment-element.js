// The Payment Element inside its frame: takes the page's settings, makes the payment method, tells what changes.
(function () {
  "use strict";

  const { tell, on, post, dress, languageOf } = window.Sandbox;
  const form = window.CardForm;
  const at = (id) => document.getElementById(id);
  let settings = null;
  let said = "";

  function tellHeight() {
    const height = Math.ceil(at("element").getBoundingClientRect().height);
    if (height) tell("height", height); // none while the page hides the frame
  }

  // The page hears whether the form is empty or complete, never what is in it.
  function tellChange() {
    const state = { empty: form.isEmpty(), complete: form.isComplete(), collapsed: false, value: { type: "card" } };
    if (JSON.stringify(state) === said) return;
    said = JSON.stringify(state);
    tell("change", state);
  }

  function fillTestCard(testCard, language) {
    const amex = window.CardRules.brandOf(testCard.number).cvc === 4;
    const postal = at("country").value === "US" ? "94103" : undefined;
    form.fill({ number: testCard.number, expiry: "12/34", cvc: amex ? "1234" : "123", postal });
    at("said").textContent = window.Messages[language].filled.replace("{card}", testCard[language]);
    tellChange();
  }

  function listTestCards(language) {
    const rows = window.TestCards.map((testCard) => {
      const row = document.createElement("li");
      const button = document.createElement("button");
      const digits = document.createElement("code");
      const outcome = document.createElement("span");
      button.type = "button";
      digits.textContent = window.CardRules.groupedNumber(testCard.number);
      outcome.textContent = testCard[language];
      button.append(digits, " ", outcome);
      button.addEventListener("click", () => fillTestCard(testCard, language));
      row.append(button);
      return row;
    });
    at("test-card-list").replaceChildren(...rows);
  }

  function showTerms(words) {
    const { terms, business } = settings.options;
    const shown = settings.savesCard && (terms || {}).card !== "never";
    at("terms").hidden = !shown;
    const name = (business || {}).name || new URL(settings.page).hostname;
    at("terms").textContent = words.save_terms.replace("{business}", name);
  }

  function hideFields(fields) {
    const billing = (fields || {}).billingDetails;
    const address = billing === "never" ? "never" : (billing || {}).address || {};
    at("country-field").hidden = address === "never" || address.country === "never";
    if (address === "never" || address.postalCode === "never") at("postal-field").dataset.never = "yes";
  }

  function configure(given) {
    const first = settings === null;
    settings = { ...given, page: decodeURIComponent(location.hash.slice(1)) };
    const language = languageOf(given.locale);
    const address = ((given.options.defaultValues || {}).billingDetails || {}).address || {};
    dress(given.scheme, given.variables);
    const words = form.speak(language);
    hideFields(given.options.fields);
    form.listCountries(language, first ? address.country || "US" : at("country").value);
    if (first && address.postal_code) at("postal").value = address.postal_code;
    listTestCards(language);
    showTerms(words);
    at("element").hidden = false;
    tellHeight();
    if (first) tell("ready");
  }

  // What the patient chose here wins over what the page knows; a field that is not shown says nothing.
  function withAddress(billing) {
    const chosen = Object.fromEntries(Object.entries(form.address()).filter(([, value]) => value));
    return { ...billing, address: { ...(billing || {}).address, ...chosen } };
  }

  // The API answers in English; the patient reads the form's language.
  function wordedError(error) {
    const { answers } = window.Messages[languageOf(settings.locale)];
    const message = answers[error.decline_code] || answers[error.code] || answers[error.type] || error.message;
    return { ...error, message };
  }

  on("configure", configure);
  on("word", wordedError);
  on("validate", form.validate);
  on("focus", form.focus);
  on("blur", () => document.activeElement.blur());
  on("clear", () => { form.fill({}); tellChange(); });
  on("createPaymentMethod", (given) => {
    const wrong = form.validate();
    if (wrong.error) return wrong;
    const billing = withAddress(given.billing_details);
    return post(settings.account, "/v1/payment_methods", { type: "card", card: form.card(), billing_details: billing });
  });

  document.addEventListener("input", tellChange);
  document.addEventListener("focusin", () => tell("focus"));
  document.addEventListener("focusout", () => tell("blur"));
  document.addEventListener("keydown", (event) => event.key === "Escape" && tell("escape"));
  new ResizeObserver(tellHeight).observe(at("element"));
  tell("hello");
})();
