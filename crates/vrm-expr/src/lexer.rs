//! Source to words and signs.
//!
//! Knows spelling: numbers, durations, names, strings with their escapes (in `literal`), signs, `//` comments.
//! Must not know grammar. Never recurses, never allocates more than the source is long.

use vrm_core::value::Seconds;

use crate::error::{Checked, Found};
use crate::literal;
use crate::problem::Problem;
use crate::span::Span;
use crate::token::{Sign, Token, TokenKind};

/// Splits a source into tokens, the last of which is the end.
pub(crate) fn tokens(source: &str) -> Checked<Vec<Token<'_>>> {
    let mut lexer = Lexer { source, at: 0 };
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next()?;
        let last = token.kind == TokenKind::End;
        tokens.push(token);
        if last {
            return Ok(tokens);
        }
    }
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    fn next(&mut self) -> Checked<Token<'s>> {
        self.skip_blanks();
        let start = self.at;
        let kind = self.kind()?;
        Ok(Token { span: Span::new(start, self.at), kind })
    }

    fn kind(&mut self) -> Checked<TokenKind<'s>> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Ok(TokenKind::End);
        };
        match first {
            '0'..='9' => self.number(),
            '"' | '\'' => self.text(),
            'r' | 'b' | 'R' | 'B' if starts_quoted(rest) => self.text(),
            'a'..='z' | 'A'..='Z' | '_' => Ok(TokenKind::Word(self.take_while(is_word))),
            _ => self.sign(first),
        }
    }

    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    fn take(&mut self, len: usize) -> &'s str {
        let taken = &self.rest()[..len];
        self.at += len;
        taken
    }

    fn take_while(&mut self, wanted: fn(char) -> bool) -> &'s str {
        let rest = self.rest();
        self.take(rest.find(|c| !wanted(c)).unwrap_or(rest.len()))
    }

    fn skip_blanks(&mut self) {
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
            if !self.rest().starts_with("//") {
                return;
            }
            self.take_while(|c| c != '\n');
        }
    }

    /// `600`, `599.99`, or a duration such as `7d` when the letters follow at once.
    fn number(&mut self) -> Checked<TokenKind<'s>> {
        let rest = self.rest();
        let run = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
        if let Ok(length) = run.parse::<Seconds>() {
            self.at += run.len();
            return Ok(TokenKind::Duration(length));
        }
        let whole = digits(rest);
        let fraction = rest[whole..].strip_prefix('.').map_or(0, digits);
        let len = if fraction > 0 { whole + 1 + fraction } else { whole };
        self.refuse_notation(len)?;
        Ok(TokenKind::Number(self.take(len)))
    }

    /// `0x1F`, `1e5`, `5u`, `1_000` are numbers in other languages; here only a currency or a unit may follow.
    fn refuse_notation(&self, len: usize) -> Checked<()> {
        let (number, tail) = self.rest().split_at(len);
        let suffix = &tail[..tail.find(|c| !is_word(c)).unwrap_or(tail.len())];
        let exponent =
            suffix.strip_prefix(['e', 'E']).is_some_and(|rest| rest.is_empty() || digits(rest) == rest.len());
        let other = suffix.starts_with(['_', 'x', 'X']) || matches!(suffix, "u" | "U");
        if exponent || other {
            let span = Span::new(self.at, self.at + len + suffix.len());
            let problem = Problem::Notation(format!("{number}{suffix}"));
            return Err(Found::at(span, problem).hint("write plain digits, such as 600"));
        }
        Ok(())
    }

    fn text(&mut self) -> Checked<TokenKind<'s>> {
        let (kind, len) = literal::quoted(self.rest()).map_err(|(problem, start, end)| {
            let span = Span::new(self.at + start, self.at + end);
            let hint = literal::hint(&problem);
            Found::at(span, problem).maybe_hint(hint.map(str::to_owned))
        })?;
        self.at += len;
        Ok(kind)
    }

    fn sign(&mut self, first: char) -> Checked<TokenKind<'s>> {
        let rest = self.rest();
        if let Some(sign) = Sign::ALL.iter().copied().find(|sign| rest.starts_with(sign.as_str())) {
            self.at += sign.as_str().len();
            return Ok(TokenKind::Sign(sign));
        }
        let span = Span::new(self.at, self.at + first.len_utf8());
        let hint = sign_hint(first).map(str::to_owned);
        Err(Found::at(span, Problem::Character(first)).maybe_hint(hint))
    }
}

fn sign_hint(first: char) -> Option<&'static str> {
    match first {
        '=' => Some("write == to compare"),
        '&' => Some("write && for and"),
        '|' => Some("write || for or"),
        '€' | '$' | '£' | '¥' => Some("write the currency after the amount, such as 600 EUR"),
        '“' | '”' | '„' | '‘' | '’' | '«' | '»' => {
            Some("write straight quotes, such as \"dishwasher\"")
        }
        '≤' => Some("write <="),
        '≥' => Some("write >="),
        '≠' => Some("write !="),
        _ => None,
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn digits(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())
}

/// Whether a word that starts with r or b is the prefix of a string: `r"…"`, `b'…'`, `br"…"`.
fn starts_quoted(rest: &str) -> bool {
    let prefix = rest.find(['"', '\'']).unwrap_or(rest.len());
    rest.len() > prefix && matches!(&rest.as_bytes()[..prefix], [_] | [_, b'r' | b'R' | b'b' | b'B'])
}
