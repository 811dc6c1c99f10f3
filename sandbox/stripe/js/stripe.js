// The sandbox's stand-in for Stripe.js: the page calls it exactly as it calls Stripe's own file.
// Card fields and the bank's page live in frames of this file's origin; the host page never sees a card number.
// Written from Stripe's documentation and types; never compared with the live file.
(function () {
  "use strict";
  if (window.Stripe) return;

  const ORIGIN = new URL(document.currentScript.src).origin;
  const FRAME_PATIENCE_MS = 15000;
  const UNREACHABLE = {
    type: "api_connection_error",
    message: "We could not reach the payment service. Please check your connection and try again.",
  };

  class IntegrationError extends Error {
    constructor(message) {
      super(message);
      this.name = "IntegrationError";
    }
  }

  function style(element, rules) {
    for (const [name, value] of Object.entries(rules)) element.style.setProperty(name, value);
  }

  // One iframe and the conversation with it. Only messages of our origin and of this very window count.
  class Frame {
    constructor(page, title, hear) {
      this.element = document.createElement("iframe");
      this.element.title = title;
      this.element.name = `__privateStripeFrame${Math.floor(Math.random() * 1e6)}`;
      this.element.src = `${ORIGIN}/js/${page}#${encodeURIComponent(location.origin)}`;
      style(this.element, { border: "0", width: "100%", display: "block", "background-color": "transparent" });
      this.waiting = new Map();
      this.serial = 0;
      this.listener = (event) => {
        if (event.origin !== ORIGIN || event.source !== this.element.contentWindow) return;
        const { type, payload, id } = event.data || {};
        if (type !== "answer") return hear(type, payload);
        const resolve = this.waiting.get(id);
        this.waiting.delete(id);
        if (resolve) resolve(payload);
      };
      window.addEventListener("message", this.listener);
    }

    tell(type, payload, id) {
      const target = this.element.contentWindow;
      if (target) target.postMessage({ type, payload, id }, ORIGIN);
    }

    ask(type, payload) {
      return new Promise((resolve) => {
        this.waiting.set(++this.serial, resolve);
        this.tell(type, payload, this.serial);
      });
    }

    close() {
      window.removeEventListener("message", this.listener);
      this.element.remove();
      for (const resolve of this.waiting.values()) resolve({ error: { ...UNREACHABLE } });
      this.waiting.clear();
    }
  }

  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function schemeOf(appearance) {
    const theme = (appearance || {}).theme;
    if (!theme) return dark.matches ? "dark" : "light";
    return theme === "night" ? "dark" : "light";
  }

  // The element a page mounts: `elements.create("payment")`.
  class PaymentElement {
    constructor(elements, options) {
      this.elements = elements;
      this.options = options || {};
      this.listeners = [];
      this.frame = null;
      this.ready = false;
      this.recolour = () => this.configure();
    }

    on(name, listener) {
      this.listeners.push({ name, listener });
      return this;
    }

    once(name, listener) {
      const first = (event) => {
        this.off(name, first);
        listener(event);
      };
      return this.on(name, first);
    }

    off(name, listener) {
      const stays = (one) => one.name !== name || (listener && one.listener !== listener);
      this.listeners = this.listeners.filter(stays);
      return this;
    }

    emit(name, event) {
      const named = this.listeners.filter((one) => one.name === name);
      for (const { listener } of named) listener({ elementType: "payment", ...event });
    }

    mount(place) {
      const parent = typeof place === "string" ? document.querySelector(place) : place;
      if (!parent) throw new IntegrationError(`The selector you specified (${place}) applies to no DOM element.`);
      if (this.destroyed) throw new IntegrationError("This Element has been destroyed. Please create a new one.");
      if (this.frame) this.unmount();
      const hear = (type, payload) => this.hear(type, payload);
      this.frame = new Frame("payment-element.html", "Secure card payment input frame", hear);
      // The frame is 4 px wider on each side, room for its focus rings; its fields still line up with the page.
      style(this.frame.element, { height: "480px", width: "calc(100% + 8px)", margin: "-4px" });
      style(this.frame.element, { "color-scheme": schemeOf(this.elements.options.appearance) });
      parent.replaceChildren(this.frame.element);
      dark.addEventListener("change", this.recolour);
      this.arrival = new Promise((resolve) => { this.settle = resolve; });
      this.patience = setTimeout(() => this.giveUp(), FRAME_PATIENCE_MS);
    }

    giveUp() {
      this.settle();
      this.emit("loaderror", { error: { ...UNREACHABLE } });
    }

    hear(type, payload) {
      if (type === "hello") return this.configure();
      if (type === "height") return style(this.frame.element, { height: `${payload}px` });
      if (type === "ready") {
        clearTimeout(this.patience);
        this.ready = true;
        this.settle();
        return this.emit("ready", {});
      }
      if (type === "change") this.elements.submitted = false;
      if (["change", "focus", "blur", "escape"].includes(type)) this.emit(type, payload);
    }

    configure() {
      const { stripe, options } = this.elements;
      const scheme = schemeOf(options.appearance);
      style(this.frame.element, { "color-scheme": scheme });
      this.frame.tell("configure", {
        scheme,
        account: stripe.account,
        options: this.options,
        locale: options.locale || stripe.locale,
        variables: (options.appearance || {}).variables || {},
        savesCard: Boolean(options.setupFutureUsage) || this.elements.setsUp(),
      });
    }

    update(options) {
      Object.assign(this.options, options);
      if (this.frame) this.configure();
    }

    focus() { if (this.frame) this.frame.tell("focus"); }
    blur() { if (this.frame) this.frame.tell("blur"); }
    clear() { if (this.frame) this.frame.tell("clear"); }
    collapse() { return this; }

    unmount() {
      clearTimeout(this.patience);
      dark.removeEventListener("change", this.recolour);
      if (this.frame) this.frame.close();
      if (this.settle) this.settle();
      this.frame = null;
      this.ready = false;
    }

    destroy() {
      this.unmount();
      this.destroyed = true;
      this.elements.element = null;
    }
  }

  class Elements {
    constructor(stripe, options) {
      if (!options.clientSecret && !["payment", "setup"].includes(options.mode)) {
        throw new IntegrationError("In order to create a payment element, you must pass a clientSecret or a mode.");
      }
      if (options.mode === "payment" && !(Number.isInteger(options.amount) && options.amount > 0 && options.currency)) {
        throw new IntegrationError("elements(): mode payment needs an amount (a positive integer) and a currency.");
      }
      this.stripe = stripe;
      this.options = { ...options };
      this.element = null;
      this.submitted = false;
    }

    setsUp() {
      return this.options.mode === "setup" || String(this.options.clientSecret || "").startsWith("seti_");
    }

    create(type, options) {
      if (type !== "payment") throw new IntegrationError(`The sandbox has no Element of type ${type}, only payment.`);
      if (this.element) throw new IntegrationError("Can only create one Element of type payment through Elements.");
      this.element = new PaymentElement(this, options);
      return this.element;
    }

    getElement(type) {
      return type === "payment" || type === PaymentElement ? this.element : null;
    }

    update(options) {
      Object.assign(this.options, options);
      if (this.element && this.element.frame) this.element.configure();
    }

    fetchUpdates() {
      return Promise.resolve({});
    }

    // What the bank's page needs to look like a continuation of this form.
    words() {
      const business = this.element && (this.element.options.business || {}).name;
      return { locale: this.options.locale, scheme: schemeOf(this.options.appearance), business };
    }

    // Asks the form's frame; a frame still on its way is waited for.
    async ask(type, payload) {
      if (!this.element || !this.element.frame) throw new IntegrationError("The payment Element must be mounted first.");
      await this.element.arrival;
      return this.element.ready ? this.element.frame.ask(type, payload) : { error: { ...UNREACHABLE } };
    }

    async submit() {
      const answer = await this.ask("validate");
      this.submitted = !answer.error;
      return answer.error ? { error: answer.error } : { selectedPaymentMethod: "card" };
    }
  }

  // Confirming and the bank's page are a file of their own, fetched while the page is still being filled in.
  let loading = null;

  const shared = { ORIGIN, UNREACHABLE, Frame, IntegrationError, schemeOf, style };

  function payments() {
    loading = loading || new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${ORIGIN}/js/payments.js`;
      script.onload = () => resolve(window.SandboxStripePayments(shared));
      script.onerror = reject;
      document.head.append(script);
    });
    return loading;
  }

  async function call(verb, ...values) {
    let loaded;
    try {
      loaded = await payments();
    } catch {
      loading = null;
      return { error: { ...UNREACHABLE } };
    }
    return loaded[verb](...values);
  }

  function Stripe(key, options) {
    const settings = options || {};
    if (!/^pk_test_/.test(key || "")) {
      throw new IntegrationError("The sandbox takes only publishable test keys: pk_test_...");
    }
    const stripe = { account: { key, stripeAccount: settings.stripeAccount }, locale: settings.locale || "auto" };
    payments().catch(() => { loading = null; });
    return {
      elements: (given) => new Elements(stripe, given || {}),
      confirmPayment: (given) => call("confirm", stripe, "payment", given || {}),
      confirmSetup: (given) => call("confirm", stripe, "setup", given || {}),
      createPaymentMethod: (given) => call("createPaymentMethod", stripe, given || {}),
      handleNextAction: (given) => call("finishNextAction", stripe, (given || {}).clientSecret),
      retrievePaymentIntent: (clientSecret) => call("retrieve", stripe, "payment", clientSecret),
      retrieveSetupIntent: (clientSecret) => call("retrieve", stripe, "setup", clientSecret),
      registerAppInfo: () => undefined,
    };
  }

  Stripe.version = "sandbox";
  window.Stripe = Stripe;
})();
