//! The seller's browser: the cookie that tells it apart from every other one, and our responses to it.

/// The cookie of a browser that reached us over HTTPS. Browsers accept a name with this prefix only from the host itself and
/// over HTTPS, so that nobody else can set it.
const SECURE_COOKIE: &str = "__Host-punctual-connect";
/// The cookie of a browser on this machine, over plain HTTP, where a name with that prefix would be refused.
const PLAIN_COOKIE: &str = "punctual-connect";

/// The most characters of a shop's name that are shown.
const NAME_CHARS_MAX: usize = 100;

/// What a request tells of the browser that it came from.
#[derive(Clone, Debug)]
pub struct BrowserSession {
    cookie_name: &'static str,
    token: Option<String>,
}

impl BrowserSession {
    /// A request that came over HTTPS, with the value of its `Cookie` header.
    pub fn over_https(cookies: Option<&str>) -> Self {
        Self::with_cookie(SECURE_COOKIE, cookies)
    }

    /// A request that came over plain HTTP from this machine, with the value of its `Cookie` header.
    pub fn over_http(cookies: Option<&str>) -> Self {
        Self::with_cookie(PLAIN_COOKIE, cookies)
    }

    fn with_cookie(cookie_name: &'static str, cookies: Option<&str>) -> Self {
        let token = cookies.unwrap_or_default().split(';').find_map(|cookie| {
            let (name, value) = cookie.trim().split_once('=')?;
            (name == cookie_name).then(|| value.to_owned())
        });
        Self { cookie_name, token }
    }

    /// The token in the cookie; `None` for a browser that was given none.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref().filter(|token| !token.is_empty())
    }

    /// The `Set-Cookie` header that gives the browser `token` for so many seconds. `Lax` sends it along when TikTok redirects
    /// the seller back, and with no request that another page makes by itself.
    pub(crate) fn cookie(&self, token: &str, seconds: i64) -> String {
        let name = self.cookie_name;
        let secure = if name == SECURE_COOKIE { "; Secure" } else { "" };
        format!("{name}={token}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax{secure}")
    }
}

/// Our response to a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserResponse {
    pub status: u16,
    /// Their names are in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body, plain text.
    pub text: String,
}

impl BrowserResponse {
    /// A page of plain text. `nosniff` keeps browsers from taking it for anything else.
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

/// URLs here hold tickets, codes and states: they must not be cached, nor sent to another site as the referrer.
fn shared() -> impl Iterator<Item = (&'static str, String)> {
    [("cache-control", "no-store"), ("referrer-policy", "no-referrer")].map(owned).into_iter()
}

fn owned((name, value): (&'static str, &str)) -> (&'static str, String) {
    (name, value.to_owned())
}

/// A name that is safe to display: without characters that move the cursor, end the line or change the direction of
/// writing.
pub(crate) fn displayable(name: &str) -> String {
    let is_shown = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    name.chars().filter(is_shown).take(NAME_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::{BrowserSession, displayable};

    #[test]
    fn over_https_only_the_cookie_that_nobody_else_can_set_counts() {
        let cookies = "a=b; punctual-connect=planted;__Host-punctual-connect=own";
        assert_eq!(BrowserSession::over_https(Some(cookies)).token(), Some("own"));
        assert_eq!(BrowserSession::over_https(Some("punctual-connect=planted")).token(), None);
        assert_eq!(BrowserSession::over_http(Some(cookies)).token(), Some("planted"));
        for none in [None, Some(""), Some("punctual-connect"), Some("punctual-connect=")] {
            assert_eq!(BrowserSession::over_http(none).token(), None, "{none:?}");
        }
    }

    #[test]
    fn each_scheme_has_its_own_cookie() {
        let secure = "__Host-punctual-connect=t; Max-Age=600; Path=/; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(BrowserSession::over_https(None).cookie("t", 600), secure);
        let plain = "punctual-connect=t; Max-Age=600; Path=/; HttpOnly; SameSite=Lax";
        assert_eq!(BrowserSession::over_http(None).cookie("t", 600), plain);
    }

    #[test]
    fn names_are_displayed_without_control_characters() {
        assert_eq!(
            displayable("Caf\u{e9} \u{1b}[2J\r\nSet-Cookie: a\u{202e}b\u{0}"),
            "Caf\u{e9} [2JSet-Cookie: ab"
        );
        assert_eq!(displayable(&"x".repeat(500)).len(), 100);
    }
}
