//! The runtime and the embedding API: builder, handle, typed events, ordered shutdown.
