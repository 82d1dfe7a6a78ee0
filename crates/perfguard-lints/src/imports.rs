//! What the names of a file come from, as its `use` items say.

use std::collections::HashMap;

use syn::visit::Visit;
use syn::{File, ItemUse, UseTree};

/// The imports of a file.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    /// Of each name the whole path, with the name that it has there.
    names: HashMap<String, Vec<String>>,
    /// Whether names may come from elsewhere: `use crate::repo::*`.
    pub(crate) has_globs: bool,
}

impl Imports {
    pub(crate) fn of(file: &File) -> Self {
        let mut imports = Self::default();
        imports.visit_file(file);
        imports
    }

    /// The path of an imported name.
    pub(crate) fn path(&self, name: &str) -> Option<&[String]> {
        self.names.get(name).map(Vec::as_slice)
    }

    fn add(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        match tree {
            UseTree::Path(it) => {
                before.push(it.ident.to_string());
                self.add(&it.tree, before);
                before.pop();
            }
            UseTree::Name(it) => {
                let name = it.ident.to_string();
                let path = before
                    .iter()
                    .cloned()
                    .chain([name.clone()])
                    .filter(|it| it != "self");
                let path: Vec<String> = path.collect();
                let name = if name == "self" {
                    path.last().cloned().unwrap_or(name)
                } else {
                    name
                };
                self.names.insert(name, path);
            }
            UseTree::Rename(it) => {
                let path = before.iter().cloned().chain([it.ident.to_string()]);
                self.names.insert(it.rename.to_string(), path.collect());
            }
            UseTree::Glob(_) => self.has_globs = true,
            UseTree::Group(it) => {
                for tree in &it.items {
                    self.add(tree, before);
                }
            }
        }
    }
}

impl<'a> Visit<'a> for Imports {
    fn visit_item_use(&mut self, it: &'a ItemUse) {
        self.add(&it.tree, &mut Vec::new());
    }
}
