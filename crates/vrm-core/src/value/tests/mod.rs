//! Every value: what it accepts, what it refuses and in which words, and that nothing is lost on the way through
//! text and CBOR.

#![allow(clippy::unwrap_used)]

mod accepts;
mod refuses;
mod round_trips;
mod wire;

use std::fmt::Display;
use std::str::FromStr;

use super::*;

fn parse<T>(text: &str) -> T
where
    T: FromStr,
    T::Err: Display,
{
    text.parse().unwrap_or_else(|error| panic!("`{text}`: {error}"))
}

fn refusal<T>(text: &str) -> String
where
    T: FromStr + Display,
    T::Err: Display,
{
    match text.parse::<T>() {
        Ok(value) => panic!("`{text}` was accepted as {value}"),
        Err(error) => error.to_string(),
    }
}
