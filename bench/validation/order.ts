/** The order that validators are measured with: formats, patterns, bounds, a union, ten items, 1.2 kB of JSON. */
export const schemas = {
  Address: {
    type: "object",
    required: ["street", "city", "country"],
    properties: {
      street: { type: "string" },
      city: { type: "string" },
      zip: { type: "string" },
      country: { type: "string", minLength: 2, maxLength: 2 },
    },
  },
  Card: {
    type: "object",
    required: ["type", "last4", "expMonth"],
    properties: {
      type: { const: "card" },
      last4: { type: "string", pattern: "^\\d{4}$" },
      expMonth: { type: "integer", minimum: 1, maximum: 12 },
    },
  },
  Iban: {
    type: "object",
    required: ["type", "iban"],
    properties: { type: { const: "iban" }, iban: { type: "string", minLength: 15, maxLength: 34 } },
  },
  Item: {
    type: "object",
    required: ["sku", "qty", "price"],
    properties: {
      sku: { type: "string", pattern: "^[A-Z]{3}-\\d{4}$" },
      qty: { type: "integer", minimum: 1, maximum: 999 },
      price: { type: "number", minimum: 0 },
      tags: { type: "array", items: { type: "string" } },
      discount: { type: ["number", "null"] },
    },
  },
  Order: {
    type: "object",
    required: ["id", "status", "createdAt", "customer", "items", "payment", "totals"],
    additionalProperties: false,
    properties: {
      id: { type: "string", format: "uuid" },
      status: { type: "string", enum: ["pending", "paid", "shipped", "delivered", "cancelled"] },
      createdAt: { type: "string", format: "date-time" },
      note: { type: ["string", "null"], maxLength: 500 },
      customer: {
        type: "object",
        required: ["id", "email", "address"],
        properties: {
          id: { type: "integer", minimum: 1 },
          email: { type: "string", format: "email" },
          name: { type: "string", minLength: 1, maxLength: 100 },
          address: { $ref: "#/components/schemas/Address" },
          billing: { anyOf: [{ $ref: "#/components/schemas/Address" }, { type: "null" }] },
        },
      },
      items: { type: "array", minItems: 1, maxItems: 100, items: { $ref: "#/components/schemas/Item" } },
      payment: {
        oneOf: [{ $ref: "#/components/schemas/Card" }, { $ref: "#/components/schemas/Iban" }],
        discriminator: { propertyName: "type" },
      },
      totals: {
        type: "object",
        required: ["net", "gross"],
        properties: {
          net: { type: "number" },
          gross: { type: "number" },
          currency: { type: "string", minLength: 3, maxLength: 3 },
        },
      },
      metadata: { type: "object", additionalProperties: { type: "string" } },
    },
  },
} as const;

/** A contract with one operation that takes an order and gives it back. */
export function orderContract(): object {
  const content = { "application/json": { schema: { $ref: "#/components/schemas/Order" } } };
  return {
    openapi: "3.1.0",
    info: { title: "Orders", version: "1.0.0" },
    paths: {
      "/orders/{orderId}": {
        put: {
          operationId: "putOrder",
          "x-trilogue": { timeout: "5s", retry: { maxAttempts: 3 } },
          parameters: [
            { name: "orderId", in: "path", required: true, schema: { type: "string" } },
            { name: "limit", in: "query", schema: { type: "integer" } },
          ],
          requestBody: { required: true, content },
          responses: { "200": { description: "The order.", content } },
        },
      },
    },
    components: { schemas },
  };
}

/** The schema alone, with its definitions in it. */
export function orderSchema(): object {
  const text = JSON.stringify(schemas).replaceAll("#/components/schemas/", "#/$defs/");
  const { Order, ...$defs } = JSON.parse(text) as Record<string, object>;
  return { $id: "Order", ...Order, $defs };
}

/** An order as JSON parsers make it. */
export function validOrder(): Record<string, unknown> {
  const address = { street: "1 Main St", city: "Springfield", zip: "12345", country: "US" };
  const items = Array.from({ length: 10 }, (_none, index) => ({
    sku: `ABC-${1000 + index}`,
    qty: index + 1,
    price: 9.99 * (index + 1),
    tags: ["a", "b", "c"],
    discount: index % 2 === 1 ? null : 0.1,
  }));
  return {
    id: "3f2b8c1e-9a54-4b7e-8f2d-1c5e7a9b0d34",
    status: "paid",
    createdAt: "2026-03-04T05:06:07.890Z",
    note: null,
    customer: { id: 42, email: "jane.doe@example.com", name: "Jane Doe", address, billing: null },
    items,
    payment: { type: "iban", iban: "DE89370400440532013000" },
    totals: { net: 100, gross: 119, currency: "EUR" },
    metadata: { a: "x", b: "y", c: "z" },
  };
}

/** Wrong near its end: the last item's quantity and the currency. */
export function invalidOrder(): Record<string, unknown> {
  const order = structuredClone(validOrder()) as {
    items: { qty: number }[];
    totals: { currency: string };
  };
  order.items = order.items.map((item, index) => (index === 9 ? { ...item, qty: 0 } : item));
  order.totals.currency = "EU";
  return order as unknown as Record<string, unknown>;
}
