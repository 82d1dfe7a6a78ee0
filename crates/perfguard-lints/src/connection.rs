//! What is a connection to a database, by its name and by the name of its type.

use std::collections::HashSet;
use std::rc::Rc;

use proc_macro2::Ident;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Block, Expr, File, FnArg, GenericParam, Generics, ItemType, Local, Pat, PathSegment, Token,
    Type, TypeParamBound, WherePredicate,
};

use crate::syntax::{bound, chain, is_one_of, peel, spoken_name, type_name};

/// Names that a workspace gives to types of connections: `type Db = DatabaseConnection;`
///
/// One letter is a type parameter's elsewhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aliases(Rc<Vec<String>>);

impl Aliases {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Those that were found after the first ones.
    pub(crate) fn after(&self, first: usize) -> impl Iterator<Item = &str> {
        self.0.iter().skip(first).map(String::as_str)
    }

    fn has(&self, name: &Ident) -> bool {
        self.0.iter().any(|it| name == it)
    }

    /// Adds those of a file.
    pub(crate) fn add(&mut self, file: &File) {
        struct Found<'a> {
            known: &'a Aliases,
            names: Vec<String>,
        }
        impl<'a> Visit<'a> for Found<'_> {
            fn visit_item_type(&mut self, it: &'a ItemType) {
                if it.ident.to_string().len() > 1
                    && !self.known.has(&it.ident)
                    && !is_connection_type_name(&it.ident)
                    && is_connection(&it.ty, self.known)
                {
                    self.names.push(it.ident.to_string());
                }
            }
            // Those in a body are its own.
            fn visit_block(&mut self, _: &'a Block) {}
        }
        let mut found = Found {
            known: self,
            names: Vec::new(),
        };
        found.visit_file(file);
        let names = found.names;
        if !names.is_empty() {
            Rc::make_mut(&mut self.0).extend(names);
        }
    }
}

/// Whether a type is a connection or a pool, or holds one and nothing else:
/// `Arc<Mutex<PgConnection>>`, but not `Result<(), ConnectionError>` or `fn(&mut PgConnection)`.
fn is_connection(mut ty: &Type, aliases: &Aliases) -> bool {
    const HOLD_ONE: &[&str] = &[
        "Arc",
        "Box",
        "Data",
        "Extension",
        "Mutex",
        "Object",
        "Pool",
        "PoolConnection",
        "PooledConnection",
        "Rc",
        "RwLock",
        "State",
    ];
    loop {
        ty = match ty {
            Type::Group(it) => &it.elem,
            Type::Paren(it) => &it.elem,
            Type::Reference(it) => &it.elem,
            Type::Path(it) => {
                return it.path.segments.last().is_some_and(|it| {
                    is_connection_type_name(&it.ident)
                        || aliases.has(&it.ident)
                        || (is_one_of(&it.ident, HOLD_ONE) && is_connection_type(ty, aliases))
                });
            }
            _ => return false,
        }
    }
}

/// The connections that a function has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connections {
    aliases: Aliases,
    variables: HashSet<String>,
}

impl Connections {
    /// Those among a function's parameters.
    pub(crate) fn of<'a>(
        inputs: impl IntoIterator<Item = &'a FnArg>,
        generics: Option<&Generics>,
        aliases: &Aliases,
    ) -> Self {
        let mut connections = Self {
            aliases: aliases.clone(),
            variables: HashSet::new(),
        };
        for input in inputs {
            if let FnArg::Typed(it) = input
                && (is_connection_type(&it.ty, aliases)
                    || generics.is_some_and(|all| is_generic_connection(&it.ty, all)))
            {
                connections.add(&it.pat);
            }
        }
        connections
    }

    /// Notes what a statement binds, if it is a connection.
    pub(crate) fn note(&mut self, local: &Local) {
        let is_typed =
            matches!(&local.pat, Pat::Type(it) if is_connection_type(&it.ty, &self.aliases));
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
            && is_connection_type(&it.ty, &self.aliases)
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
fn is_connection_type(ty: &Type, aliases: &Aliases) -> bool {
    struct Names<'n>(&'n Aliases, bool);
    impl<'a> Visit<'a> for Names<'_> {
        fn visit_path_segment(&mut self, it: &'a PathSegment) {
            self.1 |= is_connection_type_name(&it.ident) || self.0.has(&it.ident);
            visit::visit_path_segment(self, it);
        }
    }
    let mut names = Names(aliases, false);
    names.visit_type(ty);
    names.1
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
