// What Stripe.js does after the card fields are filled: confirm, ask the bank (3-D Secure), read an intent back.
// stripe.js loads it and hands it the few things both share.
window.SandboxStripePayments = function (shared) {
  "use strict";

  const { ORIGIN, UNREACHABLE, Frame, IntegrationError, schemeOf, style } = shared;

  const BANK_PATIENCE_MS = 15000;
  const DONE = ["succeeded", "processing", "requires_capture"];
  const KINDS = {
    payment: { prefix: "pi_", path: "payment_intents", name: "payment_intent", result: "paymentIntent" },
    setup: { prefix: "seti_", path: "setup_intents", name: "setup_intent", result: "setupIntent" },
  };

  // A client secret names its intent: pi_123_secret_456 belongs to pi_123.
  function intentOf(clientSecret, wanted) {
    const [id, secret] = String(clientSecret || "").split("_secret_");
    const kind = Object.values(KINDS).find((one) => id.startsWith(one.prefix));
    if (!kind || !secret || (wanted && kind !== wanted)) {
      throw new IntegrationError(`Invalid value for clientSecret: '${clientSecret}' is none of this kind.`);
    }
    return { kind, clientSecret, path: `/v1/${kind.path}/${encodeURIComponent(id)}` };
  }

  // Every answer is either {object} or {error}, whatever went wrong on the way.
  async function ask(account, method, path, fields) {
    const form = new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== undefined));
    const headers = { Authorization: `Bearer ${account.key}` };
    if (account.stripeAccount) headers["Stripe-Account"] = account.stripeAccount;
    const [query, body] = method === "POST" ? ["", form] : [`?${form}`, undefined];
    try {
      const response = await fetch(ORIGIN + path + query, { method, headers, body });
      const answer = await response.json();
      return answer.error ? { error: answer.error } : { object: answer };
    } catch {
      return { error: { ...UNREACHABLE } };
    }
  }

  // The bank's page over the whole window. Answers what its frame answers: {object} or {error}.
  function askBank(bankWords) {
    const overlay = document.createElement("dialog");
    overlay.setAttribute("aria-label", "3D Secure authentication");
    style(overlay, {
      position: "fixed", inset: "0", width: "100%", height: "100%", "max-width": "none", "max-height": "none",
      margin: "0", padding: "0", border: "0", overflow: "hidden", background: "rgb(20 22 28 / 62%)",
    });
    return new Promise((resolve) => {
      const finish = (answer) => {
        clearTimeout(patience);
        overlay.close();
        frame.close();
        overlay.remove();
        resolve(answer);
      };
      const frame = new Frame("three-ds.html", "3D Secure authentication frame", (type, payload) => {
        if (type === "finished") return finish(payload);
        if (type !== "hello") return;
        clearTimeout(patience);
        frame.tell("configure", bankWords);
        frame.element.focus();
      });
      const patience = setTimeout(() => finish({ error: { ...UNREACHABLE } }), BANK_PATIENCE_MS);
      style(frame.element, { height: "100%", "color-scheme": bankWords.scheme });
      overlay.addEventListener("cancel", (event) => {
        event.preventDefault();
        frame.tell("abandon");
      });
      overlay.append(frame.element);
      document.body.append(overlay);
      overlay.showModal();
    });
  }

  // Stripe words a failed and an abandoned authentication alike (stripe-js issue 275).
  function authenticationFailure(kind, intent) {
    return {
      type: "invalid_request_error",
      code: `${kind.name}_authentication_failure`,
      message: "We are unable to authenticate your payment method."
        + " Please choose a different payment method and try again.",
      [kind.name]: intent,
    };
  }

  async function authenticate(stripe, asked, intent, elements) {
    const { locale, business, scheme } = elements ? elements.words() : {};
    const answer = await askBank({
      intent,
      account: stripe.account,
      clientSecret: asked.clientSecret,
      locale: locale || stripe.locale,
      scheme: scheme || schemeOf(),
      merchant: business || intent.description || location.hostname,
    });
    if (answer.error) {
      if (answer.error.code !== `${asked.kind.name}_authentication_failure`) return answer;
      return { error: authenticationFailure(asked.kind, answer.error[asked.kind.name] || intent) };
    }
    if (DONE.includes(answer.object.status)) return answer;
    return { error: authenticationFailure(asked.kind, answer.object) };
  }

  function leaveFor(address) {
    location.assign(address);
    return new Promise(() => {}); // as Stripe's: the page goes away, the promise never answers
  }

  function returnAddress(kind, intent, returnUrl) {
    const address = new URL(returnUrl, location.href);
    address.searchParams.set(kind.name, intent.id);
    address.searchParams.set(`${kind.name}_client_secret`, intent.client_secret);
    address.searchParams.set("redirect_status", intent.status === "processing" ? "pending" : "succeeded");
    return address.href;
  }

  async function followNextAction(stripe, asked, intent, elements) {
    if (intent.status !== "requires_action") return { object: intent };
    const action = intent.next_action || {};
    if (action.type === "redirect_to_url") return leaveFor(action.redirect_to_url.url);
    return authenticate(stripe, asked, intent, elements);
  }

  async function cardFrom(stripe, elements, params) {
    if (params.payment_method) return { object: { id: params.payment_method } };
    if (!elements) throw new IntegrationError("Pass elements, or the id of a card in confirmParams.payment_method.");
    if (elements.options.mode && !elements.submitted) {
      throw new IntegrationError("elements.submit() must be called and have succeeded before the payment is confirmed.");
    }
    return elements.ask("createPaymentMethod", params.payment_method_data || {});
  }

  // The form's frame knows the reader's language; without a form the API's English stands.
  async function worded(elements, error) {
    const isReady = elements && elements.element && elements.element.ready;
    return { error: isReady ? await elements.ask("word", error) : error };
  }

  async function confirm(stripe, mode, { elements, clientSecret, confirmParams, redirect }) {
    const params = confirmParams || {};
    const asked = intentOf(clientSecret || (elements && elements.options.clientSecret), KINDS[mode]);
    if (redirect !== "if_required" && !params.return_url) {
      throw new IntegrationError("confirmParams.return_url is required unless redirect is 'if_required'.");
    }
    const card = await cardFrom(stripe, elements, params);
    if (card.error) return worded(elements, card.error);
    const first = await ask(stripe.account, "POST", `${asked.path}/confirm`, {
      client_secret: asked.clientSecret,
      payment_method: card.object.id,
      return_url: params.return_url,
    });
    if (first.error) return worded(elements, first.error);
    const answer = await followNextAction(stripe, asked, first.object, elements);
    if (answer.error) return worded(elements, answer.error);
    if (redirect !== "if_required") return leaveFor(returnAddress(asked.kind, answer.object, params.return_url));
    return { [asked.kind.result]: answer.object };
  }

  async function retrieve(stripe, mode, clientSecret) {
    const asked = intentOf(clientSecret, KINDS[mode]);
    const answer = await ask(stripe.account, "GET", asked.path, { client_secret: clientSecret });
    return answer.error ? { error: answer.error } : { [asked.kind.result]: answer.object };
  }

  async function finishNextAction(stripe, clientSecret) {
    const asked = intentOf(clientSecret);
    const found = await ask(stripe.account, "GET", asked.path, { client_secret: clientSecret });
    if (found.error) return { error: found.error };
    const answer = await followNextAction(stripe, asked, found.object);
    return answer.error ? { error: answer.error } : { [asked.kind.result]: answer.object };
  }

  async function createPaymentMethod(stripe, { elements, params }) {
    const answer = await cardFrom(stripe, elements, { payment_method_data: params });
    return answer.error ? { error: answer.error } : { paymentMethod: answer.object };
  }

  return { confirm, retrieve, finishNextAction, createPaymentMethod };
};
