// The order of order.ts as one writes it with zod. JavaScript, since zod is installed with the peers alone.
export const orderOf = (z) => {
  const address = z.object({
    street: z.string(),
    city: z.string(),
    zip: z.string().optional(),
    country: z.string().min(2).max(2),
  });
  const card = z.object({
    type: z.literal("card"),
    last4: z.string().regex(/^\d{4}$/),
    expMonth: z.int().min(1).max(12),
  });
  const iban = z.object({ type: z.literal("iban"), iban: z.string().min(15).max(34) });
  const item = z.object({
    sku: z.string().regex(/^[A-Z]{3}-\d{4}$/),
    qty: z.int().min(1).max(999),
    price: z.number().min(0),
    tags: z.array(z.string()).optional(),
    discount: z.number().nullable().optional(),
  });
  return z.strictObject({
    id: z.uuid(),
    status: z.enum(["pending", "paid", "shipped", "delivered", "cancelled"]),
    createdAt: z.iso.datetime({ offset: true }),
    note: z.string().max(500).nullable().optional(),
    customer: z.object({
      id: z.int().min(1),
      email: z.email(),
      name: z.string().min(1).max(100).optional(),
      address,
      billing: address.nullable().optional(),
    }),
    items: z.array(item).min(1).max(100),
    payment: z.discriminatedUnion("type", [card, iban]),
    totals: z.object({ net: z.number(), gross: z.number(), currency: z.string().min(3).max(3).optional() }),
    metadata: z.record(z.string(), z.string()).optional(),
  });
};
