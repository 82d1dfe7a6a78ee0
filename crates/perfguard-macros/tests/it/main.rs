//! What the expansions do, with the real engine behind them.

mod allow;
mod places;
mod rules;
mod settings;
