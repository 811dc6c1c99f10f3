// What both frames share: the conversation with the page that embeds them, and asking the sandbox's API.
// The address carries the page's origin after '#'; nothing is heard from, or told to, any other.
(function () {
  "use strict";

  const page = decodeURIComponent(location.hash.slice(1));
  const ancestor = (location.ancestorOrigins || [])[0];
  const trusted = window.parent !== window && /^https?:/.test(page) && (!ancestor || ancestor === page);
  const listeners = {};
  const UNREACHABLE = {
    type: "api_connection_error",
    message: "We could not reach the payment service. Please check your connection and try again.",
  };

  function tell(type, payload, id) {
    if (trusted) window.parent.postMessage({ type, payload, id }, page);
  }

  // A listener's answer, now or later, goes back to the asker under the question's number.
  function on(type, listener) {
    listeners[type] = listener;
  }

  window.addEventListener("message", async (event) => {
    if (!trusted || event.origin !== page || event.source !== window.parent) return;
    const { type, payload, id } = event.data || {};
    if (!Object.hasOwn(listeners, type)) return;
    const answer = await listeners[type](payload);
    if (id) tell("answer", answer, id);
  });

  // Stripe's form encoding: {card: {cvc: 1}} is card[cvc]=1. Empty fields are left out.
  function formBody(fields, prefix, form) {
    const body = form || new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) {
      const key = prefix ? `${prefix}[${name}]` : name;
      if (value === undefined || value === null || value === "") continue;
      if (typeof value === "object") formBody(value, key, body);
      else body.append(key, String(value));
    }
    return body;
  }

  async function post(account, path, fields) {
    const headers = { Authorization: `Bearer ${account.key}` };
    if (account.stripeAccount) headers["Stripe-Account"] = account.stripeAccount;
    try {
      const response = await fetch(path, { method: "POST", headers, body: formBody(fields) });
      const answer = await response.json();
      return answer.error ? { error: answer.error } : { object: answer };
    } catch {
      return { error: { ...UNREACHABLE } };
    }
  }

  const THEMED = {
    colorPrimary: "--primary", colorBackground: "--field", colorText: "--ink", colorTextSecondary: "--muted",
    colorTextPlaceholder: "--placeholder", colorDanger: "--danger", borderRadius: "--radius",
    fontFamily: "--font", fontSizeBase: "--size", spacingUnit: "--unit",
  };

  function dress(scheme, variables) {
    const root = document.documentElement;
    root.dataset.scheme = scheme === "dark" ? "dark" : "light";
    for (const [name, property] of Object.entries(THEMED)) {
      if (variables && variables[name]) root.style.setProperty(property, variables[name]);
      else root.style.removeProperty(property);
    }
  }

  function languageOf(locale) {
    const wanted = !locale || locale === "auto" ? navigator.language : locale;
    return wanted.toLowerCase().startsWith("es") ? "es" : "en";
  }

  window.Sandbox = { tell, on, post, dress, languageOf };
})();
