//! What the expansions do, with the real engine behind them.

mod places;
mod rules;
