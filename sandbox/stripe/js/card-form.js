// The card form's fields: what is typed, how it is grouped while typing, and the error beside each field.
(function () {
  "use strict";

  const rules = window.CardRules;
  const at = (id) => document.getElementById(id);
  const number = at("number");
  const expiry = at("expiry");
  const cvc = at("cvc");
  const country = at("country");
  const postal = at("postal");
  const OFFERED = ["visa", "mastercard", "amex", "discover"];
  const BEYOND_MENDING = [
    "invalid_number", "invalid_expiry_month", "invalid_expiry_year_past", "invalid_expiry_month_past",
  ];
  let words = window.Messages.en;

  const errorOf = {
    number: () => rules.numberError(number.value),
    expiry: () => rules.expiryError(expiry.value, new Date()),
    cvc: () => rules.cvcError(cvc.value, number.value),
    postal: () => (at("postal-field").hidden ? "" : rules.postalError(postal.value, country.value)),
  };

  function drawing(id, name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `#${id}`);
    if (name) svg.setAttribute("aria-hidden", "true");
    svg.append(use);
    return svg;
  }

  function drawBrands() {
    const { brand, cvc: length } = rules.brandOf(number.value);
    const shown = number.value === "" ? OFFERED : [brand];
    at("brands").replaceChildren(...shown.map((one) => drawing(`brand-${one}`, one)));
    if (number.value === "") delete number.dataset.brand;
    else number.dataset.brand = brand;
    cvc.maxLength = number.value === "" ? 4 : length; // a browser may fill the code before the number
  }

  // Regroups what was typed and leaves the caret behind the same digit.
  function regroup(input, grouped) {
    const typed = input.value;
    const digitsBefore = rules.digitsOf(typed.slice(0, input.selectionStart)).length;
    const atEnd = input.selectionStart === typed.length;
    input.value = grouped(typed);
    if (atEnd || document.activeElement !== input) return;
    let caret = 0;
    for (let seen = 0; caret < input.value.length && seen < digitsBefore; caret += 1) {
      if (/\d/.test(input.value[caret])) seen += 1;
    }
    input.setSelectionRange(caret, caret);
  }

  function showError(name, code) {
    const place = at(`${name}-error`);
    const text = code ? words[code] : "";
    at(name).setAttribute("aria-invalid", code ? "true" : "false");
    if (place.textContent === text) return;
    place.replaceChildren(...(code ? [drawing("icon-error", "error"), document.createTextNode(text)] : []));
  }

  function isShown(name) {
    return at(name).getAttribute("aria-invalid") === "true";
  }

  // While typing only what cannot become right is said; a mended field is cleared at once.
  function review(name) {
    const code = errorOf[name]();
    if (BEYOND_MENDING.includes(code)) showError(name, code);
    else if (isShown(name)) showError(name, code.startsWith("incomplete") ? "" : code);
  }

  function applyCountry() {
    const asked = rules.asksPostal(country.value) && !at("postal-field").dataset.never;
    at("postal-field").hidden = !asked;
    at("postal-label").textContent = country.value === "US" ? words.zip : words.postal;
    postal.inputMode = country.value === "US" ? "numeric" : "text";
    showError("postal", "");
  }

  function listCountries(language, chosen) {
    const options = window.countriesIn(language).map(({ code, name }) => new Option(name, code));
    country.replaceChildren(...options);
    country.value = chosen;
    applyCountry();
  }

  function speak(language) {
    words = window.Messages[language];
    document.documentElement.lang = language;
    for (const one of document.querySelectorAll("[data-text]")) one.textContent = words[one.dataset.text];
    for (const one of document.querySelectorAll("[data-hint]")) one.placeholder = words[one.dataset.hint];
    return words;
  }

  function validate() {
    const wrong = Object.keys(errorOf).map((name) => ({ name, code: errorOf[name]() })).filter((one) => one.code);
    for (const name of Object.keys(errorOf)) showError(name, errorOf[name]());
    if (wrong.length === 0) return {};
    at(wrong[0].name).focus();
    return { error: { type: "validation_error", code: wrong[0].code, message: words[wrong[0].code] } };
  }

  function isComplete() {
    return Object.values(errorOf).every((error) => error() === "");
  }

  function isEmpty() {
    return number.value + expiry.value + cvc.value === "";
  }

  function card() {
    const [month, year] = expiry.value.split(" / ").map(Number);
    return { number: rules.digitsOf(number.value), exp_month: month, exp_year: 2000 + year, cvc: cvc.value };
  }

  function address() {
    const asked = !at("postal-field").hidden;
    return {
      country: at("country-field").hidden ? undefined : country.value,
      postal_code: asked ? postal.value.trim() : undefined,
    };
  }

  function fill(values) {
    number.value = rules.groupedNumber(values.number || "");
    expiry.value = rules.groupedExpiry(values.expiry || "");
    cvc.value = values.cvc || "";
    if (values.postal !== undefined && postal.value === "") postal.value = values.postal;
    for (const name of Object.keys(errorOf)) showError(name, "");
    drawBrands();
  }

  number.addEventListener("input", () => { regroup(number, rules.groupedNumber); drawBrands(); });
  expiry.addEventListener("input", () => regroup(expiry, rules.groupedExpiry));
  cvc.addEventListener("input", () => regroup(cvc, (typed) => rules.digitsOf(typed).slice(0, cvc.maxLength)));
  country.addEventListener("change", applyCountry);
  for (const name of Object.keys(errorOf)) {
    at(name).addEventListener("input", () => review(name));
    at(name).addEventListener("blur", () => at(name).value && showError(name, errorOf[name]()));
  }
  at("card").addEventListener("submit", (event) => event.preventDefault());
  drawBrands();

  window.CardForm = {
    speak, listCountries, validate, isComplete, isEmpty, card, address, fill, focus: () => number.focus(),
  };
})();
