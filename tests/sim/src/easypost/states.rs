//! The codes of the states and territories of the US.

#[rustfmt::skip]
const STATES: &[(&str, &str)] = &[
    ("AL", "ALABAMA"), ("AK", "ALASKA"), ("AZ", "ARIZONA"), ("AR", "ARKANSAS"), ("CA", "CALIFORNIA"),
    ("CO", "COLORADO"), ("CT", "CONNECTICUT"), ("DE", "DELAWARE"), ("DC", "DISTRICT OF COLUMBIA"),
    ("FL", "FLORIDA"), ("GA", "GEORGIA"), ("HI", "HAWAII"), ("ID", "IDAHO"), ("IL", "ILLINOIS"),
    ("IN", "INDIANA"), ("IA", "IOWA"), ("KS", "KANSAS"), ("KY", "KENTUCKY"), ("LA", "LOUISIANA"),
    ("ME", "MAINE"), ("MD", "MARYLAND"), ("MA", "MASSACHUSETTS"), ("MI", "MICHIGAN"), ("MN", "MINNESOTA"),
    ("MS", "MISSISSIPPI"), ("MO", "MISSOURI"), ("MT", "MONTANA"), ("NE", "NEBRASKA"), ("NV", "NEVADA"),
    ("NH", "NEW HAMPSHIRE"), ("NJ", "NEW JERSEY"), ("NM", "NEW MEXICO"), ("NY", "NEW YORK"),
    ("NC", "NORTH CAROLINA"), ("ND", "NORTH DAKOTA"), ("OH", "OHIO"), ("OK", "OKLAHOMA"), ("OR", "OREGON"),
    ("PA", "PENNSYLVANIA"), ("RI", "RHODE ISLAND"), ("SC", "SOUTH CAROLINA"), ("SD", "SOUTH DAKOTA"),
    ("TN", "TENNESSEE"), ("TX", "TEXAS"), ("UT", "UTAH"), ("VT", "VERMONT"), ("VA", "VIRGINIA"),
    ("WA", "WASHINGTON"), ("WV", "WEST VIRGINIA"), ("WI", "WISCONSIN"), ("WY", "WYOMING"),
    ("PR", "PUERTO RICO"), ("GU", "GUAM"), ("VI", "VIRGIN ISLANDS"), ("AS", "AMERICAN SAMOA"),
    ("MP", "NORTHERN MARIANA ISLANDS"), ("AA", "ARMED FORCES AMERICAS"), ("AE", "ARMED FORCES EUROPE"),
    ("AP", "ARMED FORCES PACIFIC"), ("FM", "MICRONESIA"), ("MH", "MARSHALL ISLANDS"), ("PW", "PALAU"),
];

/// The code of a state given by code or name.
pub(crate) fn code(state: &str) -> Option<&'static str> {
    let state = state.trim().to_uppercase();
    STATES.iter().find(|(code, name)| *code == state || *name == state).map(|(code, _)| *code)
}
