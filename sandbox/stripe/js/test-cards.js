// Stripe's documented test cards, as the "Test cards" list offers them: number, then what happens, per language.
window.TestCards = [
  { number: "4242424242424242", en: "Succeeds", es: "Se acepta" },
  { number: "5555555555554444", en: "Succeeds (Mastercard)", es: "Se acepta (Mastercard)" },
  { number: "4000002500003155", en: "Asks your bank (3D Secure)", es: "Pregunta a tu banco (3D Secure)" },
  { number: "4000002760003184", en: "Asks your bank every time", es: "Pregunta a tu banco siempre" },
  { number: "4000008400001629", en: "Asks your bank, then declined", es: "Pregunta y se rechaza" },
  { number: "4000000000000002", en: "Declined", es: "Rechazada" },
  { number: "4000000000009995", en: "Declined: insufficient funds", es: "Rechazada: fondos insuficientes" },
  { number: "4000000000009987", en: "Declined: lost card", es: "Rechazada: tarjeta perdida" },
  { number: "4000000000000069", en: "Declined: expired card", es: "Rechazada: tarjeta caducada" },
  { number: "4000000000000127", en: "Declined: wrong security code", es: "Rechazada: código incorrecto" },
  { number: "4000000000000341", en: "Can be saved, declines when charged", es: "Se guarda, se rechaza al cobrar" },
];
