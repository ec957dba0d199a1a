//! Rust cut into tokens, without comments, texts and tests. No parser: only what it takes not to be fooled by a string.

/// A word, `::`, or any other sign.
#[derive(Debug)]
pub struct Token {
    /// The line, from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

/// The text with every comment, string and character literal turned into blanks; the lines stay.
pub fn blanked(text: &str) -> String {
    let from: Vec<char> = text.chars().collect();
    let mut to: Vec<char> = Vec::with_capacity(from.len());
    let word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let mut at = 0;
    while at < from.len() {
        let rest = &from[at..];
        let raw = if at > 0 && word(from.get(at - 1)) && from[at - 1] != 'b' {
            None
        } else {
            raw_string(rest)
        };
        let skip = match (rest[0], rest.get(1)) {
            ('/', Some('/')) => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ('/', Some('*')) => block_comment(rest),
            ('"', _) => string(rest, '"'),
            ('r', _) if raw.is_some() => raw.unwrap_or(1),
            ('\'', Some('\\')) => string(rest, '\''),
            ('\'', Some(_)) if rest.get(2) == Some(&'\'') => 3,
            _ => 0,
        };
        if skip == 0 {
            to.push(rest[0]);
            at += 1;
        } else {
            to.extend(rest[..skip].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at += skip;
        }
    }
    to.into_iter().collect()
}

fn string(rest: &[char], end: char) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != end {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

fn raw_string(rest: &[char]) -> Option<usize> {
    let marks = rest[1..].iter().take_while(|c| **c == '#').count();
    if rest[0] != 'r' || rest.get(1 + marks) != Some(&'"') {
        return None;
    }
    let body = 2 + marks;
    let ends = |at: &usize| rest[*at] == '"' && rest[at + 1..].iter().take_while(|c| **c == '#').count() >= marks;
    (body..rest.len()).find(ends).map(|at| at + 1 + marks)
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at + 1 < rest.len() {
        match (rest[at], rest[at + 1]) {
            ('/', '*') => (depth, at) = (depth + 1, at + 2),
            ('*', '/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The words and signs of blanked code.
pub fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let word = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            let length = match word {
                0 if rest.starts_with("::") => 2,
                0 => first.len_utf8(),
                length => length,
            };
            tokens.push(Token {
                line: number + 1,
                text: rest[..length].to_owned(),
            });
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

/// Where the item that begins at `start` ends: at its `;` or its last closing bracket.
pub fn item_end(tokens: &[Token], start: usize) -> usize {
    let mut nesting = 0;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.text.as_str() {
            "{" | "(" | "[" => nesting += 1,
            "}" | ")" | "]" => nesting -= 1,
            ";" if nesting == 0 => return at,
            _ => {}
        }
        if token.text == "}" && nesting == 0 {
            return at;
        }
    }
    tokens.len().saturating_sub(1)
}

/// Without the items under `#[cfg(test)]`; a module that is a test as a whole (`#![cfg(test)]`) has none left.
pub fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    const TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let Some(at) = rest
        .windows(TEST.len())
        .position(|w| w.iter().zip(TEST).all(|(t, wanted)| t.text == wanted))
    {
        let mut start = at + TEST.len();
        while rest.get(start).is_some_and(|t| t.text == "#") {
            start += rest[start..]
                .iter()
                .position(|t| t.text == "]")
                .map_or(1, |end| end + 1);
        }
        let end = item_end(&rest, start);
        let after = rest.split_off((end + 1).min(rest.len()));
        rest.truncate(at);
        kept.append(&mut rest);
        rest = after;
    }
    kept.append(&mut rest);
    kept
}

#[test]
fn comments_texts_and_tests_are_not_code() {
    let text = "//! sea_orm\nuse a::b; // tonic\nlet x = \"panic!()\"; /* todo!() /* */ */ let c = '\\''; let d = '{';\n\
                let r = r#\"a \" unwrap()\"#; fn f<'a>(x: &'a str) {}\n#[cfg(test)]\n#[allow(x)]\nmod tests { fn g() { h() } }\nfn z() {}\n";
    let tokens = without_tests(tokens(&blanked(text)));
    let words: Vec<&str> = tokens
        .iter()
        .map(|t| t.text.as_str())
        .filter(|t| t.len() > 1 || *t == "z")
        .collect();
    assert_eq!(words, ["use", "::", "let", "let", "let", "let", "fn", "str", "fn", "z"]);
    assert_eq!(tokens.last().unwrap().line, 8);
}
