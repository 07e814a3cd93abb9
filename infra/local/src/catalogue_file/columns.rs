//! The header of a file: its separator, and which column is which.

/// What the header must have, for error messages.
const EXPECTED: &str = "sku, weight, weight_unit and, for sizes, length, width, height, size_unit";

/// Why a header can't be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnsError {
    #[error("the header has no column {column}; it has: {found}. Expected: {EXPECTED}")]
    Missing { column: &'static str, found: String },
    #[error("the header has two columns for {column}: {first:?} and {second:?}; delete one")]
    Twice { column: &'static str, first: String, second: String },
}

/// Which column is which.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// TikTok's SKU id first, then the seller's own SKU. The first that is not empty counts.
    pub(super) skus: Vec<usize>,
    pub(super) weight: usize,
    pub(super) weight_unit: usize,
    pub(super) sides: [Option<usize>; 3],
    pub(super) size_unit: Option<usize>,
    /// How many there are, with those that are not used.
    pub(super) count: usize,
}

const SKU_ID: &[&str] = &["sku", "skuid", "tiktoksku", "tiktokskuid"];
const SELLER_SKU: &[&str] = &["sellersku", "mysku", "ownsku", "merchantsku", "skucode", "itemsku"];
const WEIGHT: &[&str] = &["weight", "packageweight", "packedweight", "shippingweight", "grossweight"];
const WEIGHT_UNIT: &[&str] =
    &["weightunit", "weightunits", "weightuom", "unitofweight", "packageweightunit", "unit", "units"];
const LENGTH: &[&str] = &["length", "packagelength"];
const WIDTH: &[&str] = &["width", "packagewidth"];
const HEIGHT: &[&str] = &["height", "packageheight"];
const SIZE_UNIT: &[&str] = &[
    "sizeunit",
    "sizeunits",
    "unitofsize",
    "dimensionunit",
    "dimensionsunit",
    "dimensionunits",
    "lengthunit",
    "packagedimensionunit",
];

impl Columns {
    pub(super) fn read(header: &csv::StringRecord) -> Result<Self, ColumnsError> {
        let find = |column, names| find(header, column, names);
        let needed = |column, names| {
            let found = || header.iter().map(str::trim).collect::<Vec<_>>().join(", ");
            find(column, names)?.ok_or_else(|| ColumnsError::Missing { column, found: found() })
        };
        let ids = [find("sku", SKU_ID)?, find("seller_sku", SELLER_SKU)?];
        Ok(Self {
            skus: match ids {
                [None, None] => vec![needed("sku", SKU_ID)?],
                ids => ids.into_iter().flatten().collect(),
            },
            weight: needed("weight", WEIGHT)?,
            weight_unit: needed("weight_unit", WEIGHT_UNIT)?,
            sides: [find("length", LENGTH)?, find("width", WIDTH)?, find("height", HEIGHT)?],
            size_unit: find("size_unit", SIZE_UNIT)?,
            count: header.len(),
        })
    }
}

fn find(
    header: &csv::StringRecord,
    column: &'static str,
    names: &[&str],
) -> Result<Option<usize>, ColumnsError> {
    let mut places = (0..header.len()).filter(|place| names.contains(&normalized(&header[*place]).as_str()));
    match (places.next(), places.next()) {
        (Some(first), Some(second)) => Err(ColumnsError::Twice {
            column,
            first: header[first].trim().to_owned(),
            second: header[second].trim().to_owned(),
        }),
        (first, _) => Ok(first),
    }
}

/// Letters and digits only: `Weight_Unit`, `weight unit` and `WeightUnit` are one.
fn normalized(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Comma, semicolon or tab: what the header, or the row before it (`sep=;`), separates its columns with.
pub(super) fn separator(text: &str) -> u8 {
    let header = text.split(['\r', '\n']).find(|line| !line.trim().is_empty()).unwrap_or_default();
    if let Some(b @ (b',' | b';' | b'\t')) = header.strip_prefix("sep=").and_then(|rest| rest.bytes().next())
    {
        return b;
    }
    let count = |separator: u8| {
        let mut quoted = false;
        let separates = |byte: u8| {
            quoted ^= byte == b'"';
            byte == separator && !quoted
        };
        header.bytes().map(separates).filter(|separates| *separates).count()
    };
    // Of equals, max_by_key returns the last.
    [b'\t', b';', b','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

/// True for the row `sep=;` that spreadsheets write and read.
pub(super) fn names_separator(record: &csv::StringRecord) -> bool {
    record.get(0).is_some_and(|cell| cell.starts_with("sep="))
}

#[cfg(test)]
mod tests {
    use super::{Columns, separator};

    fn header(line: &str) -> csv::StringRecord {
        line.split(',').collect()
    }

    #[test]
    fn finds_the_separator() {
        let check = |text, expect: u8| assert_eq!(separator(text), expect, "{text}");
        check("sku,weight,weight_unit\nA;B;C;D,1,lb", b',');
        check("\n\nsku;weight;weight_unit", b';');
        check("sku\tweight\tweight_unit", b'\t');
        check("sep=;\nsku;weight", b';');
        check("\"sku; of TikTok; or own\",weight,weight_unit", b',');
        check("sku", b',');
        check("", b',');
    }

    #[test]
    fn knows_columns_by_many_names() {
        let plain = Columns::read(&header("sku,weight,weight_unit,length,width,height,size_unit")).unwrap();
        for line in [
            "SKU,Weight,Weight Unit,Length,Width,Height,Size Unit",
            "sku_id,Package Weight,unit,LENGTH,WIDTH,HEIGHT,dimensions_unit",
            " Seller SKU ,weight,WEIGHT-UNIT,length,width,height,length unit",
        ] {
            assert_eq!(Columns::read(&header(line)).unwrap(), plain, "{line}");
        }
        let both = Columns::read(&header("Seller SKU,SKU ID,name,weight,unit")).unwrap();
        assert_eq!((both.skus, both.weight, both.sides), (vec![1, 0], 3, [None; 3]));
    }

    #[test]
    fn says_which_column_is_missing_or_there_twice() {
        let error = |line| Columns::read(&header(line)).unwrap_err().to_string();
        assert!(
            error("sku,grams")
                .starts_with("the header has no column weight; it has: sku, grams. Expected: sku,")
        );
        assert!(error("name,weight,unit").starts_with("the header has no column sku;"));
        assert!(error("sku,weight").starts_with("the header has no column weight_unit;"));
        let twice = "the header has two columns for weight: \"weight\" and \"Gross weight\"; delete one";
        assert_eq!(error("sku,weight,Gross weight,unit"), twice);
    }
}
