// Starts the real services that tests use. None is needed yet: stores and bus are embedded (memory, SQLite).
console.log("No test needs a real service yet: the embedded bus, memory and SQLite carry them all.");
