//! The tables, as `diesel print-schema` writes them.

diesel::table! {
    /// Who writes.
    authors (id) {
        /// Primary key.
        id -> Integer,
        /// As shown to readers.
        name -> Text,
    }
}

diesel::table! {
    /// What readers say.
    comments (id) {
        /// Primary key, ascending by time.
        id -> Integer,
        /// The post it belongs to.
        post_id -> Integer,
        /// Who said it.
        author_id -> Integer,
        /// What was said.
        body -> Text,
    }
}

diesel::table! {
    /// What authors write.
    posts (id) {
        /// Primary key, ascending by time.
        id -> Integer,
        /// Who wrote it.
        author_id -> Integer,
        /// The headline.
        title -> Text,
    }
}

diesel::joinable!(comments -> authors (author_id));
diesel::joinable!(comments -> posts (post_id));
diesel::joinable!(posts -> authors (author_id));
diesel::allow_tables_to_appear_in_same_query!(authors, comments, posts);
