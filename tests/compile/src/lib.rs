//! What the compiler says of mistakes, on the real ORMs: `tests/fail`.
