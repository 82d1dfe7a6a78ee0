//! `max = ..` and the other limits: a literal, or an expression that the compiler evaluates.

use syn::{Error, Expr, ExprLit, ExprUnary, Lit, LitInt, Result, UnOp};

use super::peel;

/// Which argument a number was given for.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    HardMax,
    HardMaxRows,
    Max,
    MaxCalls,
    MaxReads,
    MaxRows,
    MaxTable,
    MaxWrites,
    Times,
}

impl Limit {
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::HardMax => "hard_max",
            Self::HardMaxRows => "hard_max_rows",
            Self::Max => "max",
            Self::MaxCalls => "max_calls",
            Self::MaxReads => "max_reads",
            Self::MaxRows => "max_rows",
            Self::MaxTable => "max_table",
            Self::MaxWrites => "max_writes",
            Self::Times => "times",
        }
    }

    pub(crate) fn counts(self) -> &'static str {
        match self {
            Self::HardMax | Self::Max | Self::MaxTable => "statements",
            Self::HardMaxRows | Self::MaxRows => "rows",
            Self::MaxCalls => "outgoing calls",
            Self::MaxReads => "statements that read",
            Self::MaxWrites => "statements that write",
            Self::Times => "runs",
        }
    }

    pub(super) fn example(self) -> &'static str {
        match self {
            Self::HardMax => "hard_max = 100",
            Self::HardMaxRows => "hard_max_rows = 10_000",
            Self::Max => "max = 3",
            Self::MaxCalls => "max_calls = 4",
            Self::MaxReads => "max_reads = 2",
            Self::MaxRows => "max_rows = 100",
            Self::MaxTable => "max_table(posts = 2)",
            Self::MaxWrites => "max_writes = 1",
            Self::Times => "times(20)",
        }
    }

    fn no_whole_number(self) -> String {
        format!(
            "`{}` takes a whole number of {}: 0 or more, such as `{}`, or a constant of an integer type",
            self.key(),
            self.counts(),
            self.example()
        )
    }
}

/// The largest number of statements, or of rows, that one call may have.
#[derive(Clone)]
pub(crate) enum Max {
    /// Of an integer type that only the compiler knows.
    Constant(Box<Expr>),
    /// A checked literal.
    Literal(u64, LitInt),
}

impl Max {
    pub(crate) fn check(limit: Limit, value: Expr) -> Result<Self> {
        match peel(&value) {
            Expr::Lit(ExprLit {
                lit: Lit::Int(literal),
                ..
            }) => Self::literal(limit, literal),
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => {
                let message = match text.value().trim().parse::<u64>() {
                    Ok(number) if !matches!(limit, Limit::MaxTable | Limit::Times) => {
                        let key = limit.key();
                        format!("`{key}` takes a number, not a string: write `{key} = {number}`")
                    }
                    _ => limit.no_whole_number(),
                };
                Err(Error::new_spanned(text, message))
            }
            Expr::Lit(other) => Err(Error::new_spanned(other, limit.no_whole_number())),
            Expr::Unary(ExprUnary {
                op: UnOp::Neg(_),
                expr,
                ..
            }) if matches!(peel(expr), Expr::Lit(_)) => {
                Err(Error::new_spanned(&value, limit.no_whole_number()))
            }
            _ => Ok(Self::Constant(Box::new(value))),
        }
    }

    fn literal(limit: Limit, literal: &LitInt) -> Result<Self> {
        let suffix = literal.suffix();
        if !suffix.is_empty() && !INTEGER_TYPES.contains(&suffix) {
            return Err(Error::new_spanned(literal, limit.no_whole_number()));
        }
        let number = literal.base10_parse().map_err(|_| {
            let message = format!("`{}` is at most {}", limit.key(), u64::MAX);
            Error::new_spanned(literal, message)
        })?;
        Ok(Self::Literal(number, literal.clone()))
    }

    /// Checks that `self`, a hard limit, leaves room for what the budget allows. Of constants only
    /// the compiler knows the value: they are taken as they are.
    pub(super) fn check_not_below(&self, max: &Self) -> Result<()> {
        match (self, max) {
            (Self::Literal(hard, written), Self::Literal(max, _)) if hard < max => {
                let message = format!(
                    "`hard_max` is below `max`: statements that the budget allows would be refused; write `hard_max = {max}` or more"
                );
                Err(Error::new_spanned(written, message))
            }
            _ => Ok(()),
        }
    }
}

const INTEGER_TYPES: [&str; 12] = [
    "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize",
];
