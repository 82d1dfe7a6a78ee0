//! What is a connection to a database, by its name and by the name of its type.

use std::collections::HashSet;

use proc_macro2::Ident;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Expr, FnArg, GenericParam, Generics, Local, Pat, PathSegment, Token, Type, TypeParamBound,
    WherePredicate,
};

use crate::syntax::{bound, chain, is_one_of, peel, spoken_name, type_name};

/// The connections that a function has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connections {
    variables: HashSet<String>,
}

impl Connections {
    /// Those among a function's parameters.
    pub(crate) fn of<'a>(
        inputs: impl IntoIterator<Item = &'a FnArg>,
        generics: Option<&Generics>,
    ) -> Self {
        let mut connections = Self::default();
        for input in inputs {
            if let FnArg::Typed(it) = input
                && (is_connection_type(&it.ty)
                    || generics.is_some_and(|all| is_generic_connection(&it.ty, all)))
            {
                connections.add(&it.pat);
            }
        }
        connections
    }

    /// Notes what a statement binds, if it is a connection.
    pub(crate) fn note(&mut self, local: &Local) {
        let is_typed = matches!(&local.pat, Pat::Type(it) if is_connection_type(&it.ty));
        let opens = || {
            local.init.as_ref().is_some_and(|init| {
                let (_, methods) = chain(&init.expr);
                methods.iter().any(|it| {
                    it.args.is_empty()
                        && is_one_of(
                            &it.method,
                            &["acquire", "begin", "get_conn", "get_connection"],
                        )
                })
            })
        };
        if is_typed || opens() {
            self.add(&local.pat);
        }
    }

    /// Notes the parameters of a closure.
    pub(crate) fn note_parameter(&mut self, pattern: &Pat) {
        if let Pat::Type(it) = pattern
            && is_connection_type(&it.ty)
        {
            self.add(&it.pat);
        }
    }

    fn add(&mut self, pattern: &Pat) {
        self.variables
            .extend(bound(pattern).iter().map(ToString::to_string));
    }

    /// Whether an argument or a receiver is a connection.
    pub(crate) fn has(&self, expr: &Expr) -> bool {
        if matches!(peel(expr), Expr::Closure(_) | Expr::Lit(_)) {
            return false;
        }
        spoken_name(expr).is_some_and(|name| {
            is_connection_name(name) || self.variables.contains(&name.to_string())
        })
    }
}

/// Whether a name is a connection's: `conn`, `db_pool`, `tx`; but `job_tx` is a channel.
pub(crate) fn is_connection_name(name: &Ident) -> bool {
    const WHOLE: &[&str] = &[
        "con",
        "conn",
        "connection",
        "database",
        "db",
        "db_pool",
        "dbc",
        "executor",
        "get_conn",
        "pool",
        "transaction",
        "trx",
        "tx",
        "txn",
    ];
    const ENDS: &[&str] = &["_con", "_connection", "_db", "_transaction", "_txn"];
    let name = name.to_string().to_lowercase();
    let name = name.as_str();
    WHOLE.contains(&name)
        || name.ends_with("conn")
        || ENDS.iter().any(|it| name.ends_with(it))
        || name.starts_with("db_conn")
        || name.starts_with("db_tx")
        || (name.ends_with("_pool") && !name.contains("thread"))
}

/// Whether a type is a connection's, or a pool's.
pub(crate) fn is_connection_type(ty: &Type) -> bool {
    struct Names(bool);
    impl<'a> Visit<'a> for Names {
        fn visit_path_segment(&mut self, it: &'a PathSegment) {
            self.0 |= is_connection_type_name(&it.ident);
            visit::visit_path_segment(self, it);
        }
    }
    let mut names = Names(false);
    names.visit_type(ty);
    names.0
}

fn is_connection_type_name(name: &Ident) -> bool {
    const WHOLE: &[&str] = &[
        "ConnectionTrait",
        "DatabaseTransaction",
        "DbConn",
        "DbPool",
        "DieselConn",
        "Executor",
        "MySqlPool",
        "PgConn",
        "PgPool",
        "SqlitePool",
        "StreamTrait",
        "Transaction",
        "TransactionTrait",
    ];
    const OTHERS: &[&str] = &["amqp", "ldap", "redis", "smtp", "socket", "tcp", "tls"];
    let name = name.to_string();
    let lower = name.to_lowercase();
    WHOLE.contains(&name.as_str())
        || (name.ends_with("Connection") && !OTHERS.iter().any(|it| lower.contains(it)))
}

/// `db: &C` where `C: ConnectionTrait`.
fn is_generic_connection(ty: &Type, generics: &Generics) -> bool {
    let Some(name) = type_name(ty) else {
        return false;
    };
    let is_one = |bounds: &Punctuated<TypeParamBound, Token![+]>| {
        bounds.into_iter().any(|it| match it {
            TypeParamBound::Trait(it) => it
                .path
                .segments
                .iter()
                .any(|it| is_connection_type_name(&it.ident)),
            _ => false,
        })
    };
    let among_parameters = generics.params.iter().any(|it| match it {
        GenericParam::Type(it) => it.ident == *name && is_one(&it.bounds),
        _ => false,
    });
    let predicates = generics.where_clause.iter().flat_map(|it| &it.predicates);
    among_parameters
        || predicates.into_iter().any(|it| match it {
            WherePredicate::Type(it) => {
                type_name(&it.bounded_ty) == Some(name) && is_one(&it.bounds)
            }
            _ => false,
        })
}
