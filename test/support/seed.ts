import fc from "fast-check";

// Property tests draw the same values in every run, so that a red build says something about the change and not about
// the day. FC_SEED=random explores; a number replays.
const asked = process.env["FC_SEED"];
if (asked !== "random") fc.configureGlobal({ seed: Number(asked ?? 20_261_122) });
