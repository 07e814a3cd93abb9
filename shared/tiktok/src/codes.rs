//! What TikTok's error codes mean for us. Sources: Partner Center "Common errors" and the error tables of the endpoints.

/// The meaning of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    Throttled,
    /// A fault of TikTok's, "please try again later": a write may have been executed in spite of it.
    ServerFault,
    /// It was done already.
    AlreadyDone,
    /// The order, the cancellation or the conversation is in a state that does not allow it.
    OrderState,
    /// A reason or a text is not accepted.
    ContentRefused,
    /// The daily quota is used up.
    DailyQuota,
    /// The tracking number or the provider is not accepted.
    TrackingRefused,
    /// The access token has expired.
    TokenExpired,
    /// The seller has to authorize the app again.
    Reauthorize,
    /// The seller has not granted a scope that the call needs.
    MissingScope,
    /// TikTok refuses the app, whatever it asks: its signature, time, app key, cipher, path, version or IP address.
    AppRefused,
    /// A parameter of the call is wrong.
    Bug,
}

/// Too many requests. Comes with HTTP 429.
pub const THROTTLED: i64 = 36_009_002;
/// A parameter, the signature, the token or the timestamp is not accepted: TikTok uses one code for all of them.
pub const UNACCEPTABLE: i64 = 36_009_004;
/// The access token is expired.
pub const TOKEN_EXPIRED: i64 = 105_002;

/// The label of a package is not made yet, or its order does not count as shipped yet.
pub const LABEL_NOT_READY: &[i64] =
    &[11_034_037, 11_034_023, 11_006_010, 11_034_025, 21_023_022, 21_023_034, 21_023_035, 21_042_104];

const MEANINGS: &[(Meaning, &[i64])] = &[
    (Meaning::Throttled, &[THROTTLED]),
    // Internal error; timeout.
    (Meaning::ServerFault, &[36_009_003, 36_009_007]),
    // Orders could not be fetched.
    (Meaning::ServerFault, &[10_002_014, 10_002_015, 10_037_002, 10_037_003, 10_037_004]),
    // "System process error, please try again later", "System timeout".
    (Meaning::ServerFault, &[11_001_027, 11_001_031, 11_006_005, 11_006_026]),
    (Meaning::ServerFault, &[21_001_003, 21_001_008, 21_001_011, 21_001_043, 21_001_055, 21_008_300]),
    (Meaning::ServerFault, &[21_022_029, 21_022_030, 21_042_001, 21_042_076, 25_001_028]),
    // A package that is just being created.
    (Meaning::ServerFault, &[21_022_026, 21_030_005]),
    // Its label is not made yet: some seconds have to pass.
    (Meaning::OrderState, LABEL_NOT_READY),
    (Meaning::AlreadyDone, &[21_008_099, 21_011_006, 21_011_020, 21_011_040, 21_042_056]),
    // Cancellations: data could not be loaded, twice. Conversations: an internal error.
    (Meaning::ServerFault, &[25_001_058, 25_007_002, 45_101_001]),
    (Meaning::AlreadyDone, &[11_006_021, 21_022_025, 21_030_006]),
    // On hold; cancelled, twice; not shipped yet; several packages to choose from.
    (Meaning::OrderState, &[21_011_044, 21_011_041, 21_011_042, 21_011_043, 21_011_048, 21_042_057]),
    // A cancellation or return is requested.
    (Meaning::OrderState, &[21_011_007, 21_008_044]),
    // TikTok fulfills it, twice; not this seller's; a call of another region.
    (Meaning::OrderState, &[21_008_025, 21_008_117, 21_008_111, 21_008_106]),
    // Cancel Order: "a return request is already in process, or the order has already been cancelled".
    (Meaning::AlreadyDone, &[25_001_011]),
    // The order's status, shipped, completed or cancelled, stopped by TikTok's risk control.
    (Meaning::OrderState, &[25_001_003, 25_001_045, 25_001_051, 25_001_046]),
    // These units can't be cancelled alone, or not so many.
    (Meaning::OrderState, &[25_005_010, 25_005_011]),
    // The request can't be approved, can't be rejected, is withdrawn, is approved; it is no such request, twice.
    (Meaning::OrderState, &[25_011_012, 25_011_011, 25_020_009, 25_020_010, 25_020_003, 25_020_004]),
    // No such cancellation; not this seller's.
    (Meaning::OrderState, &[25_007_006, 25_020_005]),
    // The reason is unknown, not the seller's, of another action, withdrawn, of another status, of another kind.
    (Meaning::ContentRefused, &[25_001_014, 25_001_015, 25_001_016, 25_001_020, 25_001_021, 25_001_057]),
    // No such conversation; not this seller's; its rules do not allow writing, or opening.
    (Meaning::OrderState, &[45_101_003, 45_102_007, 45_109_001, 45_109_003]),
    // Sensitive words.
    (Meaning::ContentRefused, &[45_101_006]),
    // 10000 customer service calls a day.
    (Meaning::DailyQuota, &[45_101_004]),
    // Number or provider invalid; special characters; number and provider do not match.
    (Meaning::TrackingRefused, &[21_011_022, 21_004_012, 21_004_015, 21_004_016, 11_028_006]),
    // Used for another order, or too often.
    (Meaning::TrackingRefused, &[21_011_025, 21_034_012, 21_011_026]),
    // Changed too late or too often.
    (Meaning::TrackingRefused, &[21_011_049, 21_011_050, 21_011_051, 21_011_052]),
    (Meaning::TokenExpired, &[TOKEN_EXPIRED]),
    // The refresh token has expired; the authorization is void; the token belongs to another shop.
    (Meaning::Reauthorize, &[36_004_001, 105_004, 101_000]),
    (Meaning::MissingScope, &[105_005]),
    // Signature; shop_cipher missing.
    (Meaning::AppRefused, &[106_001, 106_013]),
    // Where the message names a parameter of the call: see [`names_app`].
    (Meaning::Bug, &[UNACCEPTABLE]),
    // Parameters of cancellations, twice; of messages, twice; of the inventory: a product's id, too many ids, twice.
    (Meaning::Bug, &[25_001_001, 11_050_001, 45_101_002, 45_111_001, 12_019_008, 12_019_015, 12_019_120]),
    // Path; method; retired version; file size; content type.
    (Meaning::AppRefused, &[36_009_009, 36_009_010, 36_009_014, 36_009_021, 36_009_022, 36_009_023]),
    // Our IP address is not on the app's allow list.
    (Meaning::AppRefused, &[36_009_033]),
];

/// What `code` means; `None` for a code that is not in the table.
pub fn meaning(code: i64) -> Option<Meaning> {
    MEANINGS.iter().find(|(_, codes)| codes.contains(&code)).map(|(meaning, _)| *meaning)
}

/// Whether TikTok does not accept the carrier, or numbers of its kind. The other codes of [`Meaning::TrackingRefused`] are
/// about one number: it was used already, or it comes too late.
pub fn refuses_carrier(code: i64) -> bool {
    matches!(code, 21_011_022 | 21_004_015 | 21_004_016 | 11_028_006)
}

/// Whether TikTok's message is about something that is the same for every call of the app: signature, time, app key, cipher
/// or token. [`UNACCEPTABLE`] covers these as well as any other parameter.
pub fn names_app(words: &str) -> bool {
    const NAMES: [&str; 10] = [
        "sign",
        "signature",
        "timestamp",
        "app_key",
        "appkey",
        "app_secret",
        "shop_cipher",
        "cipher",
        "access_token",
        "version",
    ];
    let words = words.to_ascii_lowercase();
    words.contains("app key")
        || words.contains("access-token")
        || words.contains("access token")
        || words.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).any(|word| NAMES.contains(&word))
}

/// Whether the code comes from the gateway, whose messages are about parameters, never about orders or people.
pub fn is_from_gateway(code: i64) -> bool {
    matches!(code, 100_000..=109_999 | 36_004_000..=36_004_999 | 36_009_000..=36_009_999)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{MEANINGS, Meaning, is_from_gateway, meaning, names_app};

    #[test]
    fn a_code_has_one_meaning() {
        let codes: Vec<i64> = MEANINGS.iter().flat_map(|(_, codes)| codes.iter().copied()).collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    }

    #[test]
    fn knows_codes() {
        assert_eq!(meaning(36_009_002), Some(Meaning::Throttled));
        assert_eq!(meaning(21_011_044), Some(Meaning::OrderState));
        assert_eq!(meaning(25_001_021), Some(Meaning::ContentRefused));
        assert_eq!(meaning(45_109_001), Some(Meaning::OrderState));
        assert_eq!(meaning(1), None);
        assert!(is_from_gateway(105_002) && !is_from_gateway(21_011_022));
    }

    #[test]
    fn tells_messages_about_the_app_from_messages_about_one_call() {
        for (words, expect) in [
            ("timestamp is invalid", true),
            ("Invalid timestamp: it is out of the accepted window.", true),
            ("The sign query parameter is missing.", true),
            ("Invalid app_key.", true),
            ("Invalid app key 6abcdef12345", true),
            ("Invalid shop_cipher.", true),
            ("The x-tts-access-token header is missing.", true),
            ("param body.address is missing", false),
            ("param page_token is invalid", false),
            ("param ids is invalid: the assigned design", false),
            ("", false),
        ] {
            assert_eq!(names_app(words), expect, "{words}");
        }
    }
}
