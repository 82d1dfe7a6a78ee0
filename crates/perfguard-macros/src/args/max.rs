//! `max = ..`: a literal, or an expression that the compiler evaluates.

use syn::{Error, Expr, ExprLit, ExprUnary, Lit, LitInt, Result, UnOp};

use super::peel;

/// The largest number of statements that one call may run.
pub(crate) enum Max {
    /// Of an integer type that only the compiler knows.
    Constant(Expr),
    /// A checked literal.
    Literal(u64, LitInt),
}

impl Max {
    pub(super) fn check(value: Expr) -> Result<Self> {
        match peel(&value) {
            Expr::Lit(ExprLit {
                lit: Lit::Int(literal),
                ..
            }) => Self::literal(literal),
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => {
                let message = match text.value().trim().parse::<u64>() {
                    Ok(number) => {
                        format!("`max` takes a number, not a string: write `max = {number}`")
                    }
                    Err(_) => WHOLE_NUMBER.to_owned(),
                };
                Err(Error::new_spanned(text, message))
            }
            Expr::Lit(other) => Err(Error::new_spanned(other, WHOLE_NUMBER)),
            Expr::Unary(ExprUnary {
                op: UnOp::Neg(_),
                expr,
                ..
            }) if matches!(peel(expr), Expr::Lit(_)) => {
                Err(Error::new_spanned(&value, WHOLE_NUMBER))
            }
            _ => Ok(Self::Constant(value)),
        }
    }

    fn literal(literal: &LitInt) -> Result<Self> {
        let suffix = literal.suffix();
        if !suffix.is_empty() && !INTEGER_TYPES.contains(&suffix) {
            return Err(Error::new_spanned(literal, WHOLE_NUMBER));
        }
        let number = literal
            .base10_parse()
            .map_err(|_| Error::new_spanned(literal, format!("`max` is at most {}", u64::MAX)))?;
        Ok(Self::Literal(number, literal.clone()))
    }
}

const WHOLE_NUMBER: &str = "`max` takes a whole number of statements: 0 or more, such as `max = 3`, or a constant of an integer type";

const INTEGER_TYPES: [&str; 12] = [
    "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize",
];
