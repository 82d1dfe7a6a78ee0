//! How a function gives its value, read from its signature.
//!
//! A macro sees no types, only their names. A future that hides behind a name of the user's own is
//! taken for a value: its function then is measured until it returns the future.

use proc_macro2::Span;
use syn::visit_mut::{self, VisitMut};
use syn::{
    GenericArgument, Path, PathArguments, ReturnType, Signature, Token, Type, TypeInfer,
    TypeParamBound, parse_quote_spanned, spanned::Spanned,
};

/// The three ways to give a value, one of them twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `async fn`.
    Async,
    /// A future on the heap: `BoxFuture`, `LocalBoxFuture`, `Pin<Box<dyn Future>>`.
    BoxedFuture,
    /// `impl Future`.
    Future,
    /// Everything else.
    Value,
}

impl Shape {
    pub(crate) fn of(sig: &Signature) -> Self {
        if sig.asyncness.is_some() {
            return Self::Async;
        }
        let ReturnType::Type(_, output) = &sig.output else {
            return Self::Value;
        };
        match peel(output) {
            Type::ImplTrait(opaque) if opaque.bounds.iter().any(is_future) => Self::Future,
            Type::Path(named) if is_boxed_future(&named.path) => Self::BoxedFuture,
            _ => Self::Value,
        }
    }
}

/// The type that the body gives, as it may be written within the body: `impl Trait`, which has no
/// name there, is left to inference.
pub(crate) fn output(sig: &Signature) -> Type {
    let mut output = match &sig.output {
        ReturnType::Default => parse_quote_spanned!(Span::mixed_site()=> ()),
        ReturnType::Type(_, output) => (**output).clone(),
    };
    EraseImplTrait::default().visit_type_mut(&mut output);
    output
}

/// The type that a function gives, if it is written with a name: `impl Trait` has none, and `()`
/// and `!` have nothing to tell.
pub(crate) fn named_output(sig: &Signature) -> Option<Type> {
    let ReturnType::Type(_, written) = &sig.output else {
        return None;
    };
    match peel(written) {
        Type::Never(_) => return None,
        Type::Tuple(tuple) if tuple.elems.is_empty() => return None,
        _ => {}
    }
    let mut named = (**written).clone();
    let mut erase = EraseImplTrait::default();
    erase.visit_type_mut(&mut named);
    (!erase.has_erased).then_some(named)
}

#[derive(Default)]
struct EraseImplTrait {
    has_erased: bool,
}

impl VisitMut for EraseImplTrait {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if let Type::ImplTrait(opaque) = ty {
            self.has_erased = true;
            *ty = Type::Infer(TypeInfer {
                attrs: Vec::new(),
                underscore_token: Token![_](opaque.span()),
            });
        } else {
            visit_mut::visit_type_mut(self, ty);
        }
    }
}

/// The type itself, without parentheses and the invisible groups of `macro_rules` fragments.
fn peel(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => peel(&group.elem),
        Type::Paren(paren) => peel(&paren.elem),
        ty => ty,
    }
}

fn is_boxed_future(path: &Path) -> bool {
    let Some(last) = path.segments.last() else {
        return false;
    };
    if last.ident == "BoxFuture" || last.ident == "LocalBoxFuture" {
        return true;
    }
    last.ident == "Pin" && type_argument(path).is_some_and(is_box_of_future)
}

fn is_box_of_future(ty: &Type) -> bool {
    let Type::Path(named) = peel(ty) else {
        return false;
    };
    let is_box = named
        .path
        .segments
        .last()
        .is_some_and(|last| last.ident == "Box");
    is_box
        && match type_argument(&named.path).map(peel) {
            Some(Type::TraitObject(object)) => object.bounds.iter().any(is_future),
            Some(Type::ImplTrait(opaque)) => opaque.bounds.iter().any(is_future),
            _ => false,
        }
}

fn is_future(bound: &TypeParamBound) -> bool {
    match bound {
        TypeParamBound::Trait(bound) => bound
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "Future"),
        _ => false,
    }
}

/// The first type argument of the last segment.
fn type_argument(path: &Path) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &path.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Shape, output};
    use quote::{ToTokens, quote};
    use syn::{Signature, parse_quote};

    fn shapes(signatures: impl IntoIterator<Item = Signature>) -> Vec<Shape> {
        signatures.into_iter().map(|sig| Shape::of(&sig)).collect()
    }

    #[test]
    fn futures_are_known_by_the_names_they_are_written_with() {
        let boxed = shapes([
            parse_quote!(fn f() -> BoxFuture<'static, u8>),
            parse_quote!(fn f() -> futures::future::LocalBoxFuture<'_, ()>),
            parse_quote!(fn f() -> Pin<Box<dyn Future<Output = u8> + Send + '_>>),
            parse_quote!(
                fn f() -> ::core::pin::Pin<Box<dyn ::core::future::Future<Output = ()> + 'static>>
            ),
            parse_quote!(fn f() -> Pin<Box<impl Future<Output = u8>>>),
        ]);
        assert_eq!(boxed, [Shape::BoxedFuture; 5]);

        let opaque = shapes([
            parse_quote!(fn f() -> impl Future<Output = u8>),
            parse_quote!(fn f(&self) -> impl Send + std::future::Future<Output = u8> + '_),
        ]);
        assert_eq!(opaque, [Shape::Future; 2]);
    }

    #[test]
    fn other_results_are_values() {
        let values = shapes([
            parse_quote!(fn f()),
            parse_quote!(fn f() -> Result<impl Future<Output = ()>, Error>),
            parse_quote!(fn f() -> Pin<Box<dyn Stream<Item = u8>>>),
            parse_quote!(fn f() -> Pin<&mut dyn Future<Output = u8>>),
            parse_quote!(fn f() -> impl Iterator<Item = u8>),
        ]);
        assert_eq!(values, [Shape::Value; 5]);
    }

    #[test]
    fn an_async_fn_is_one_whatever_it_returns() {
        assert_eq!(
            shapes([parse_quote!(async fn f() -> BoxFuture<'static, u8>)]),
            [Shape::Async]
        );
    }

    #[test]
    fn impl_trait_is_left_to_inference_wherever_it_stands() {
        let sig: Signature =
            parse_quote!(fn f() -> Result<(impl Display, Vec<impl Iterator<Item = u8>>), Error>);
        assert_eq!(
            output(&sig).to_token_stream().to_string(),
            quote!(Result<(_, Vec<_>), Error>).to_string()
        );
    }

    #[test]
    fn a_type_without_a_name_or_a_value_is_not_asked() {
        let named: Signature = parse_quote!(async fn f(&self) -> Result<Json<Vec<u8>>, Error>);
        assert!(super::named_output(&named).is_some());
        let others: [Signature; 5] = [
            parse_quote!(fn f()),
            parse_quote!(fn f() -> ()),
            parse_quote!(fn f() -> !),
            parse_quote!(fn f() -> impl IntoResponse),
            parse_quote!(fn f() -> Result<Vec<impl Serialize>, Error>),
        ];
        assert!(others.iter().all(|sig| super::named_output(sig).is_none()));
    }
}
