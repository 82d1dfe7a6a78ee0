//! Writes the new body of a function around the user's own.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::visit::{self, Visit};
use syn::{FnArg, PatIdent, Type, spanned::Spanned};

use crate::function::Function;
use crate::shape::{self, Shape};

/// The call of `perfguard::__private` that a body is handed to.
pub(crate) struct Scope {
    /// What that call refers to.
    pub(crate) items: TokenStream,
    /// The name of the call for a future, and for a closure.
    pub(crate) run_async: TokenStream,
    pub(crate) run_sync: TokenStream,
    /// Its arguments in front of the body.
    pub(crate) arguments: TokenStream,
    /// Whether the items of the function's value are counted.
    pub(crate) counts_items: bool,
}

/// The function with its body in `scope`; all in front of the body stays as it is.
pub(crate) fn function(function: &Function, scope: &Scope) -> TokenStream {
    let here = Span::mixed_site();
    let Function { head, inner, .. } = function;
    let body = &whole_parameters(function);
    let Scope {
        items,
        run_async,
        run_sync,
        arguments,
        counts_items,
    } = scope;
    let counter = counter(function, *counts_items);
    let here_item = here_item(function);
    let output = shape::output(&function.sig);
    let enforce = enforce(function);
    // At the type: there a value that does not live long enough is reported.
    let value = quote_spanned!(here.located_at(output.span())=> __perfguard_value);

    let call = match Shape::of(&function.sig) {
        Shape::Async => {
            let block = async_block(&output, body);
            let block = match counter {
                Some(counter) => {
                    quote_spanned!(here=> ::perfguard::__private::answering(#counter, #block))
                }
                None => block,
            };
            quote_spanned! {here=>
                let (__perfguard_value, __perfguard_outcome) =
                    ::perfguard::__private::#run_async(#arguments, #block).await;
                #enforce
                #value
            }
        }
        Shape::Value => {
            let closure = closure(&output, body);
            let closure = match counter {
                Some(counter) => {
                    quote_spanned!(here=> ::perfguard::__private::answering_sync(#counter, #closure))
                }
                None => closure,
            };
            quote_spanned! {here=>
                let (__perfguard_value, __perfguard_outcome) =
                    ::perfguard::__private::#run_sync(#arguments, #closure);
                #enforce
                #value
            }
        }
        shape @ (Shape::BoxedFuture | Shape::Future) => {
            let future = quote_spanned! {here=>
                async move {
                    let (__perfguard_value, __perfguard_outcome) =
                        ::perfguard::__private::#run_async(#arguments, __perfguard_future).await;
                    #enforce
                    #value
                }
            };
            let future = match shape {
                Shape::BoxedFuture => quote_spanned!(here=> ::std::boxed::Box::pin(#future)),
                _ => future,
            };
            let closure = closure(&output, body);
            quote_spanned! {here=>
                let __perfguard_future = ::perfguard::__private::once(#closure);
                #future
            }
        }
    };
    let mut block = Group::new(Delimiter::Brace, quote!(#inner #items #here_item #call));
    // As the user's own braces: a lint of the function as a whole sees what it would see without
    // the attribute.
    block.set_span(body.span());
    quote!(#head #block)
}

/// The body, with each `mut` parameter named as a whole.
///
/// A closure takes only those fields along that it names, and an assignment to one that is not read
/// again is reported then, as one to a copy. To the user it is a parameter.
fn whole_parameters(function: &Function) -> Group {
    struct Mutable(Vec<Ident>);
    impl<'ast> Visit<'ast> for Mutable {
        fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
            if pattern.mutability.is_some() && pattern.by_ref.is_none() {
                self.0.push(pattern.ident.clone());
            }
            visit::visit_pat_ident(self, pattern);
        }
    }
    let mut mutable = Mutable(Vec::new());
    for input in &function.sig.inputs {
        if let FnArg::Typed(input) = input {
            mutable.visit_pat(&input.pat);
        }
    }
    if mutable.0.is_empty() {
        return function.body.clone();
    }
    let here = Span::mixed_site();
    let whole = mutable
        .0
        .iter()
        .map(|name| quote_spanned!(here=> let _ = &#name;));
    let statements = function.body.stream();
    let mut body = Group::new(Delimiter::Brace, quote!(#(#whole)* #statements));
    body.set_span(function.body.span());
    body
}

/// What counts the items of the value, if its type has a name.
///
/// Method resolution finds out whether the type tells: nothing is asked of it, and no lifetime of
/// it is held.
fn counter(function: &Function, is_wanted: bool) -> Option<TokenStream> {
    let output = shape::named_output(&function.sig).filter(|_| is_wanted)?;
    let here = Span::mixed_site();
    Some(quote_spanned! {here=>
        {
            use ::perfguard::__private::{Told as _, Untold as _};
            (&::perfguard::__private::Answer::<#output>::NEW).counter()
        }
    })
}

/// `file!(), line!()` of the function's name: not of the attribute, nor of a doc comment.
pub(crate) fn place(function: &Function) -> TokenStream {
    quote_spanned!(function.sig.ident.span()=> ::core::file!(), ::core::line!())
}

/// The name of the function in reports: its path. That of a method has the type in it, which only
/// the compiler knows.
pub(crate) fn name(function: &Function) -> TokenStream {
    let here = Span::mixed_site();
    if function.sig.receiver().is_some() {
        return quote_spanned! {here=>
            ::perfguard::__private::method_name(::core::any::type_name_of_val(&__perfguard_here))
        };
    }
    path(function)
}

/// The path of the function, without the type of a method.
pub(crate) fn path(function: &Function) -> TokenStream {
    let here = Span::mixed_site();
    let name = function.name();
    quote_spanned!(here=> ::core::concat!(::core::module_path!(), "::", #name))
}

/// The function whose type name is that of the method with `::__perfguard_here` after it.
fn here_item(function: &Function) -> Option<TokenStream> {
    let here = Span::mixed_site();
    function
        .sig
        .receiver()
        .map(|_| quote_spanned!(here=> fn __perfguard_here() {}))
}

/// Panics where a violation shall fail; the place of the panic is the function's name.
fn enforce(function: &Function) -> TokenStream {
    let here = Span::mixed_site();
    let outcome = quote_spanned!(here=> __perfguard_outcome);
    let enforce = quote_spanned!(function.sig.ident.span()=> .enforce());
    quote_spanned!(here=> #outcome #enforce;)
}

/// An `async` block around a body, with the type that the function gives.
///
/// Such a block has no place to write a type. A `return` that is never run tells it to the
/// compiler; without it, the type of a `?` or of a number would be decided by its first use, and a
/// mismatch reported at the end of the function instead of at its cause. For `!` there is no value
/// to return, and nothing to infer.
///
/// The body stands in the arm of a `match`, because the braces of a block that ends another block
/// are reported as needless.
fn async_block(output: &Type, body: &Group) -> TokenStream {
    let body_start = body.span_open();
    if matches!(output, Type::Never(_)) {
        return quote_spanned!(body_start=> async move #body);
    }
    let there = Span::mixed_site().located_at(output.span());
    let mut block = Group::new(
        Delimiter::Brace,
        quote_spanned! {there=>
            if let ::core::option::Option::Some(__perfguard_return) =
                ::core::option::Option::None::<#output>
            {
                return __perfguard_return;
            }
            match () { () => #body }
        },
    );
    block.set_span(body.span());
    quote_spanned!(body_start=> async move #block)
}

/// A closure of a body.
///
/// Like the `async` block above, it has the span of the body: the compiler names captured
/// variables in its errors only when the user wrote the closure.
fn closure(output: &Type, body: &Group) -> TokenStream {
    quote_spanned!(body.span_open()=> move || -> #output #body)
}
