//! `max_table(posts = 2, "blog.tags" = 1)`: how many statements each table may take.

use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Ident, LitStr, Result, Token, parenthesized, token};

use super::max::{Limit, Max};
use super::{is_blank, value};
use crate::errors::{Errors, arguments, rest_of_argument};

/// The limit of one table.
pub(crate) struct TableMax {
    /// As statements name it, with or without its schema.
    pub(crate) table: String,
    pub(crate) max: Max,
}

/// Reads what follows the word `max_table`.
pub(super) fn parse(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> Result<Vec<TableMax>> {
    if !input.peek(token::Paren) {
        let message = format!("expected tables and their limits: {FORM}");
        return Err(Error::new_spanned(key, message));
    }
    let content;
    let parentheses = parenthesized!(content in input);
    if content.is_empty() {
        let message = format!("a table is missing: {FORM}");
        return Err(Error::new(parentheses.span.join(), message));
    }
    let mut tables = Vec::new();
    arguments(&content, errors, |content, errors| {
        argument(content, &mut tables, errors)
    });
    Ok(tables)
}

const FORM: &str = "write `max_table(posts = 2)`, or `max_table(\"blog.posts\" = 2)`";

fn argument(input: ParseStream<'_>, tables: &mut Vec<TableMax>, errors: &mut Errors) -> Result<()> {
    let (key, table) = if input.peek(LitStr) {
        let name = input.parse::<LitStr>()?;
        if is_blank(&name) {
            return Err(Error::new_spanned(
                name,
                format!("the table has no name: {FORM}"),
            ));
        }
        (Ident::new("max_table", name.span()), name.value())
    } else if input.peek(Ident::peek_any) {
        let name = input.call(Ident::parse_any)?;
        let table = name.unraw().to_string();
        (name, table)
    } else {
        let message = format!("expected a table and its limit: {FORM}");
        return Err(Error::new_spanned(rest_of_argument(input), message));
    };
    if input.peek(Token![.]) {
        let message = format!("a table with its schema is written as a string: {FORM}");
        return Err(Error::new_spanned(rest_of_argument(input), message));
    }
    let max = Max::check(
        Limit::MaxTable,
        value(&key, input, Limit::MaxTable.example())?,
    )?;
    if tables.iter().any(|known| known.table == table) {
        errors.at(&key, format!("`{table}` is given twice: keep one of them"));
    } else {
        tables.push(TableMax { table, max });
    }
    Ok(())
}
