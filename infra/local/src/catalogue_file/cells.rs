//! Cells: ids that a spreadsheet has spoilt, and numbers with a country's separators.

/// A cell without invisible characters around it: blanks of all widths, byte order marks.
pub(super) fn clean(cell: &str) -> &str {
    cell.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// True for characters without width.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}') || c.is_control()
}

/// What a spreadsheet shows for a formula that fails.
const SHEET_ERRORS: [&str; 7] = ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"];

/// Refuses what a spreadsheet has made of a SKU: such an id would never match an order.
pub(super) fn check_sku(sku: &str) -> Result<(), String> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if is_scientific(sku) {
        return Err(format!(
            "{sku:?} is a number in scientific notation, which has lost digits of the id; format the column as text \
             in the spreadsheet and enter the ids again"
        ));
    }
    if let Some(sign) = sku.chars().next().filter(|c| matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '`' | '='))
    {
        return Err(format!("{sku:?} begins with {sign}, which the spreadsheet has added; delete it"));
    }
    if SHEET_ERRORS.contains(&sku) {
        return Err(format!("{sku:?} is a spreadsheet error, not a SKU"));
    }
    if sku
        .split_once(['.', ','])
        .is_some_and(|(whole, rest)| digits(whole) && !rest.is_empty() && rest.bytes().all(|b| b == b'0'))
    {
        return Err(format!("{sku:?} is an id that was turned into a decimal number; delete the decimals"));
    }
    let groups: Vec<&str> =
        sku.split([',', '.', '\'', '\u{2019}', ' ', '\u{A0}', '\u{2009}', '\u{202F}']).collect();
    let grouped =
        |rest: &[&str]| rest.len() > 1 && rest.iter().all(|group| group.len() == 3 && digits(group));
    if let [first, rest @ ..] = groups.as_slice()
        && first.len() <= 3
        && digits(first)
        && grouped(rest)
    {
        return Err(format!("{sku:?} is an id with thousands separators; delete them"));
    }
    if sku.chars().any(|c| is_invisible(c) || (c.is_whitespace() && c != ' ')) {
        return Err(format!(
            "{sku:?} contains a line break, a no-break space or an invisible character; type it again"
        ));
    }
    Ok(())
}

/// True for `1.72938E+18` and `2E+18`. A plain `5E10` may be the seller's own SKU.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let point = mantissa.contains(['.', ',']);
    let sign = exponent.starts_with(['+', '-']);
    digits(&mantissa.replacen(['.', ','], "", 1))
        && digits(exponent.trim_start_matches(['+', '-']))
        && (point || sign)
}

/// The number with a decimal point. A decimal comma is accepted where commas do not separate columns.
pub(super) fn number(cell: &str, separator: u8) -> Result<String, String> {
    let (whole, fraction) = match cell.split_once(',') {
        None => return Ok(cell.to_owned()),
        Some(parts) => parts,
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole.trim_start_matches(['+', '-'])) || !digits(fraction) {
        let plain = cell.replace(',', "");
        return Err(match plain.parse::<f64>() {
            Ok(_) => format!("{cell:?} has thousands separators; write it without, for example 1234.5"),
            Err(_) => format!("{cell:?} is not a number such as 0.75"),
        });
    }
    match (separator, fraction.len()) {
        (b';', _) => Ok(format!("{whole}.{fraction}")),
        // Tab-separated files come from countries with decimal commas and from others.
        (_, 3) => Err(format!("{cell:?} can be {whole}.{fraction} or {whole}{fraction}; write one of them")),
        (b'\t', _) => Ok(format!("{whole}.{fraction}")),
        _ => Err(format!("{cell:?} has a decimal comma; write {whole}.{fraction}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{check_sku, clean, number};

    #[test]
    fn ids_that_a_spreadsheet_has_spoilt_are_refused() {
        for (sku, expect) in [
            ("1.72938E+18", "scientific"),
            ("1,72938E+18", "scientific"),
            ("2e+18", "scientific"),
            ("'1729380000000000123", "begins with '"),
            ("=\"1729380000000000123\"", "begins with ="),
            ("1729380000000000123.0", "decimal number"),
            ("1729380000000000123,00", "decimal number"),
            ("1,729,380,000,000,000,123", "thousands"),
            ("1.729.380.000.000.000.123", "thousands"),
            ("1\u{A0}729\u{A0}380", "thousands"),
            ("#REF!", "a spreadsheet error"),
            ("#N/A", "a spreadsheet error"),
            ("MUG\u{A0}01", "no-break space"),
            ("MUG\n01", "line break"),
            ("MUG\u{200B}01", "invisible"),
        ] {
            let problem = check_sku(sku).unwrap_err();
            assert!(problem.contains(expect), "{sku:?}: {problem}");
        }
        for sku in
            ["1729380000000000123", "MUG-01", "5E10", "E+1", "V2.0", "MUG 01", "12,5", "#7", "Tasse-\u{fc}"]
        {
            assert_eq!(check_sku(sku), Ok(()), "{sku}");
        }
        assert_eq!(clean("\u{FEFF}\u{A0}MUG-01\u{200B} \t"), "MUG-01");
    }

    #[track_caller]
    fn check_number(cell: &str, separator: u8, expect: Result<&str, &str>) {
        match (number(cell, separator), expect) {
            (Ok(number), expect) => assert_eq!(Ok(number.as_str()), expect, "{cell}"),
            (Err(problem), Err(expect)) => assert!(problem.contains(expect), "{cell}: {problem}"),
            (Err(problem), Ok(_)) => panic!("{cell}: {problem}"),
        }
    }

    #[test]
    fn a_decimal_comma_is_read_where_it_is_no_separator() {
        check_number("0.75", b',', Ok("0.75"));
        check_number("abc", b',', Ok("abc"));
        check_number("0,35", b';', Ok("0.35"));
        check_number("1,250", b';', Ok("1.250"));
        check_number("0,35", b'\t', Ok("0.35"));
        check_number("1,250", b'\t', Err("can be 1.250 or 1250"));
        check_number("1,250", b',', Err("can be 1.250 or 1250"));
        check_number("0,35", b',', Err("has a decimal comma; write 0.35"));
        check_number("1,234.5", b';', Err("thousands separators"));
        check_number("1,234,567", b',', Err("thousands separators"));
        check_number("a,b", b';', Err("is not a number"));
    }
}
