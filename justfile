# `just` lists the recipes. Each is thin: it calls cargo.

_default:
    @just --list

# The same as continuous integration
check:
    bash .ci/run

# All tests
test *ARGS:
    cargo test --workspace --locked {{ARGS}}

# Format and lint
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings

# API documentation, warnings are errors
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# The whole story on temporary directories
demo:
    cargo run --locked --bin vrm -- demo

# All benchmarks (release build)
bench *ARGS:
    cargo bench --workspace --locked {{ARGS}}

# Licences, bans, sources (needs cargo-deny)
deny:
    cargo deny --config .deny.toml check bans licenses sources

# Rewrite the protocol test vectors after a deliberate change
vectors:
    VRM_WRITE_VECTORS=1 cargo test -p vrm-tests --test vectors
