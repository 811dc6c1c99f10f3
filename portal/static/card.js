/* The card field of the payment and card-change pages: Stripe's element, the bank's question, then our server, which
   looks at the truth itself. The form says all it needs (data-*); nothing of a card ever passes through here. */
(() => {
  "use strict";

  const form = document.getElementById("payment-form");
  const place = document.getElementById("payment-element");
  const status = document.getElementById("payment-status");
  if (!form || !place || !status) return;

  const settings = form.dataset;
  const button = form.querySelector(".button-primary");
  const label = button.querySelector("span") || button;
  const restingLabel = label.textContent;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const unreachable =
    "We cannot reach our payment provider, so nothing was charged. Check your connection and reload the page.";
  const uncertain =
    "The connection broke before we had an answer. Reload this page to see how things stand: " +
    "you are never charged twice.";

  const say = (text) => {
    const box = document.createElement("p");
    box.className = "message bad";
    box.textContent = text;
    status.replaceChildren(box);
  };

  const setBusy = (busy) => {
    button.disabled = busy;
    button.setAttribute("aria-busy", String(busy));
    label.textContent = busy ? settings.busyLabel || "One moment …" : restingLabel;
  };

  const isNewCard = () => {
    const chosen = form.querySelector('[name="card"]:checked');
    return !chosen || chosen.value === "new";
  };

  const appearance = () => {
    const page = getComputedStyle(document.documentElement);
    const colour = (name) => page.getPropertyValue(`--${name}`).trim();
    const line = (name) => `1px solid ${colour(name)}`;
    return {
      theme: dark.matches ? "night" : "stripe",
      variables: {
        colorPrimary: colour("accent-text"), colorBackground: colour("surface"), colorText: colour("ink"),
        colorTextSecondary: colour("muted"), colorTextPlaceholder: colour("muted"), colorDanger: colour("bad"),
        fontFamily: "Inter, system-ui, sans-serif", fontSizeBase: "16px",
        borderRadius: "12px", spacingGridRow: "18px",
      },
      rules: {
        ".Input": { border: line("control"), boxShadow: "none", padding: "13px 14px" },
        ".Input:focus": { border: line("accent-text"), boxShadow: `0 0 0 1px ${colour("accent-text")}` },
        ".Input--invalid": { border: line("bad"), boxShadow: "none" },
        ".Label": { fontWeight: "600", fontSize: "16px", color: colour("ink") },
      },
    };
  };

  let stripe = null;
  let elements = null;

  const mount = () => {
    if (!window.Stripe) return;
    const options = { locale: settings.locale || "auto" };
    if (settings.stripeAccount) options.stripeAccount = settings.stripeAccount;
    stripe = window.Stripe(settings.publishableKey, options);
    const wanted = {
      mode: settings.mode, currency: settings.currency.toLowerCase(), setupFutureUsage: "off_session",
      paymentMethodTypes: ["card"], appearance: appearance(),
    };
    if (settings.mode === "payment") wanted.amount = Number(settings.amount);
    elements = stripe.elements(wanted);
    const card = elements.create("payment", { business: { name: settings.merchant }, terms: { card: "never" } });
    card.on("loaderror", () => say(unreachable));
    card.mount(place);
    dark.addEventListener("change", () => elements.update({ appearance: appearance() }));
  };

  // The answer counts only as our server reads it at Stripe: this form asks it to look.
  const finish = (secret) => {
    const last = document.createElement("form");
    last.method = "post";
    last.action = settings.finishUrl;
    last.hidden = true;
    const fields = { csrf_token: form.elements.csrf_token.value, intent: secret.split("_secret_")[0] };
    for (const [name, value] of Object.entries(fields)) {
      const input = document.createElement("input");
      input.type = "hidden";
      input.name = name;
      input.value = value;
      last.append(input);
    }
    document.body.append(last);
    last.submit();
  };

  const confirm = async (secret, act) => {
    try {
      await act();
    } catch (error) {
      console.warn("The payment provider's script broke off; the server looks for itself.", error);
    }
    finish(secret);
  };

  const confirmNewCard = (secret) => {
    const confirmParams = { return_url: new URL(settings.finishUrl, location.href).href };
    const asked = { elements, clientSecret: secret, confirmParams, redirect: "if_required" };
    return settings.mode === "setup" ? stripe.confirmSetup(asked) : stripe.confirmPayment(asked);
  };

  const prepare = () =>
    fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(new FormData(form, button)),
      headers: { "HX-Request": "true", "HX-Request-Type": "partial", "X-CSRFToken": form.elements.csrf_token.value },
    });

  const follow = async (response) => {
    const elsewhere = response.headers.get("HX-Redirect") || (response.redirected && response.url);
    if (elsewhere) return location.assign(elsewhere);
    const part = await response.text();
    if (!part.trim() || /^\s*<!doctype/i.test(part)) {
      say(uncertain);
      return setBusy(false);
    }
    status.innerHTML = part;
    const question = status.querySelector("[data-client-secret]");
    if (!question) {
      setBusy(false);
      return status.querySelector("[data-takes-focus]")?.focus();
    }
    const secret = question.dataset.clientSecret;
    if (!stripe) return finish(secret);
    if ("nextAction" in question.dataset) {
      return confirm(secret, () => stripe.handleNextAction({ clientSecret: secret }));
    }
    return confirm(secret, () => confirmNewCard(secret));
  };

  const submit = async () => {
    const withNewCard = isNewCard();
    if (withNewCard) {
      if (!elements) return say(unreachable);
      setBusy(true);
      const { error } = await elements.submit();
      if (error) {
        say(error.message || unreachable);
        return setBusy(false);
      }
    }
    setBusy(true);
    status.replaceChildren();
    try {
      await follow(await prepare());
    } catch {
      say(withNewCard ? unreachable : uncertain);
      setBusy(false);
    }
  };

  const show = () => {
    place.hidden = !isNewCard();
    if (isNewCard() && !elements) say(unreachable);
    else status.replaceChildren();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!button.disabled) submit();
  });
  form.addEventListener("change", (event) => event.target.name === "card" && show());
  window.addEventListener("pageshow", (event) => event.persisted && setBusy(false));
  mount();
  if (!elements || !isNewCard()) show();
})();
