//! Many at once: 64 contenders in each round, and after each round the invariants, recounted from the rows.

mod membership;
