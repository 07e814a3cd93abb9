//! The seller's browser: what tells it apart from every other one, and what it is answered.

/// The cookie of a browser that reached us over HTTPS. Browsers take a name with this prefix only from the host itself
/// and over HTTPS, so that nobody else can set it.
const SECURE: &str = "__Host-punctual-connect";
/// The cookie of a browser on this machine, over plain HTTP, where one with that prefix would be refused.
const PLAIN: &str = "punctual-connect";

/// The most characters of a shop's name that are shown.
const NAME_CHARS_MAX: usize = 100;

/// What a request says of the browser that it came from.
#[derive(Clone, Debug)]
pub struct Visit {
    is_secure: bool,
    token: Option<String>,
}

impl Visit {
    /// A request that came over HTTPS, or else over plain HTTP from this machine, with the value of its `Cookie` header.
    pub fn new(is_secure: bool, cookies: Option<&str>) -> Self {
        let named = |cookie: &str| {
            let (name, value) = cookie.trim().split_once('=')?;
            (name == cookie_name(is_secure)).then(|| value.to_owned())
        };
        Self { is_secure, token: cookies.unwrap_or_default().split(';').find_map(named) }
    }

    /// What the cookie holds; `None` for a browser that was given none.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref().filter(|token| !token.is_empty())
    }

    /// `Set-Cookie` that gives the browser `token` for so many seconds. `Lax`: it comes along when TikTok sends the seller
    /// back, and with nothing that another page asks for by itself.
    pub(crate) fn cookie(&self, token: &str, seconds: i64) -> String {
        let name = cookie_name(self.is_secure);
        let secure = if self.is_secure { "; Secure" } else { "" };
        format!("{name}={token}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax{secure}")
    }
}

fn cookie_name(is_secure: bool) -> &'static str {
    if is_secure { SECURE } else { PLAIN }
}

/// What the browser is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers, their names in small letters.
    pub headers: Vec<(&'static str, String)>,
    /// Plain text.
    pub text: String,
}

impl Reply {
    /// A page of plain text, which no browser takes for anything else.
    pub(crate) fn page(status: u16, text: String) -> Self {
        let headers = [("content-type", "text/plain; charset=utf-8"), ("x-content-type-options", "nosniff")];
        Self { status, headers: shared().chain(headers.map(owned)).collect(), text }
    }

    /// Sends the browser to `location` with a cookie.
    pub(crate) fn redirect(location: String, cookie: String) -> Self {
        let headers = shared().chain([("location", location), ("set-cookie", cookie)]);
        Self { status: 302, headers: headers.collect(), text: String::new() }
    }
}

/// Addresses hold tickets, codes and states: nothing is kept, and no other site is told of them.
fn shared() -> impl Iterator<Item = (&'static str, String)> {
    [("cache-control", "no-store"), ("referrer-policy", "no-referrer")].map(owned).into_iter()
}

fn owned((name, value): (&'static str, &str)) -> (&'static str, String) {
    (name, value.to_owned())
}

/// A name as it can be shown: without what moves the cursor, ends the line or turns the direction of writing.
pub(crate) fn shown(name: &str) -> String {
    let is_shown = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    name.chars().filter(is_shown).take(NAME_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::{Visit, shown};

    #[test]
    fn over_https_only_the_cookie_counts_that_nobody_else_can_set() {
        let cookies = "a=b; punctual-connect=planted;__Host-punctual-connect=own";
        assert_eq!(Visit::new(true, Some(cookies)).token(), Some("own"));
        assert_eq!(Visit::new(true, Some("punctual-connect=planted")).token(), None);
        assert_eq!(Visit::new(false, Some(cookies)).token(), Some("planted"));
        for none in [None, Some(""), Some("punctual-connect"), Some("punctual-connect=")] {
            assert_eq!(Visit::new(false, none).token(), None, "{none:?}");
        }
    }

    #[test]
    fn the_cookie_is_as_each_scheme_allows() {
        let secure = "__Host-punctual-connect=t; Max-Age=600; Path=/; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(Visit::new(true, None).cookie("t", 600), secure);
        let plain = "punctual-connect=t; Max-Age=600; Path=/; HttpOnly; SameSite=Lax";
        assert_eq!(Visit::new(false, None).cookie("t", 600), plain);
    }

    #[test]
    fn names_are_shown_without_what_is_no_letter() {
        assert_eq!(
            shown("Caf\u{e9} \u{1b}[2J\r\nSet-Cookie: a\u{202e}b\u{0}"),
            "Caf\u{e9} [2JSet-Cookie: ab"
        );
        assert_eq!(shown(&"x".repeat(500)).len(), 100);
    }
}
