//! Weights and sizes from a seller's CSV file.

use std::io::Read;

use domain::measure::{Length, Weight};
use domain::parcel::{CatalogueItem, CatalogueSource, Dimensions};
use domain::{SkuId, Timestamp};
use serde::Deserialize;

/// One line of the file.
#[derive(Deserialize)]
struct Row {
    sku: String,
    weight: String,
    weight_unit: String,
    #[serde(default)]
    length: String,
    #[serde(default)]
    width: String,
    #[serde(default)]
    height: String,
    #[serde(default)]
    size_unit: String,
}

/// A line that can't be used. Nothing of the file is imported then: half a catalogue is worse than the old one.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueFileError {
    /// The file is no CSV, or lacks a column.
    #[error("the file can't be read")]
    Csv(#[from] csv::Error),
    /// A field of a line is wrong.
    #[error("line {line}, {field}: {problem}")]
    Field {
        /// Counted from 1, the header included.
        line: u64,
        /// The column.
        field: &'static str,
        /// What is wrong and what was expected.
        problem: String,
    },
}

/// Reads a catalogue with the columns `sku, weight, weight_unit [, length, width, height, size_unit]`.
pub fn read(file: impl Read, now: Timestamp) -> Result<Vec<CatalogueItem>, CatalogueFileError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let headers = reader.headers()?.clone();
    let mut items = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        items.push(item(record.deserialize(Some(&headers))?, line, now)?);
    }
    Ok(items)
}

fn item(row: Row, line: u64, now: Timestamp) -> Result<CatalogueItem, CatalogueFileError> {
    let wrong = |field, problem: String| CatalogueFileError::Field { line, field, problem };
    if row.sku.is_empty() {
        return Err(wrong("sku", "is empty".to_owned()));
    }
    let weight =
        Weight::parse(&row.weight, &row.weight_unit).map_err(|error| wrong("weight", error.to_string()))?;
    let sides = [("length", &row.length), ("width", &row.width), ("height", &row.height)];
    let dimensions = if sides.iter().all(|(_, side)| side.is_empty()) {
        None
    } else {
        let mut lengths = [Length::inches(0); 3];
        for (length, (field, side)) in lengths.iter_mut().zip(sides) {
            *length = Length::parse(side, &row.size_unit).map_err(|error| wrong(field, error.to_string()))?;
        }
        let [a, b, c] = lengths;
        Some(Dimensions::new(a, b, c))
    };
    Ok(CatalogueItem {
        sku: SkuId::new(row.sku),
        weight: Some(weight),
        dimensions,
        source: CatalogueSource::Import,
        read_at: now,
    })
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use domain::measure::{Length, Weight};

    use super::read;

    #[test]
    fn reads_weights_and_sizes() {
        let file = "sku,weight,weight_unit,length,width,height,size_unit\n\
                    MUG-01, 12.5 ,oz,6,5,4,in\nPAD,0.4,kg,,,,\n";
        let items = read(file.as_bytes(), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].weight, Some(Weight::parse("12.5", "OUNCE").unwrap()));
        assert_eq!(items[0].dimensions.map(|d| d.length), Some(Length::inches(6)));
        assert_eq!(items[1].dimensions, None);
    }

    #[test]
    fn names_line_and_field() {
        for (line, expect) in [
            ("MUG,heavy,oz,,,,", "line 2, weight: \"heavy\" is not a positive decimal number"),
            ("MUG,1,stone,,,,", "line 2, weight: unit \"stone\" is unknown"),
            ("MUG,1,oz,6,,4,in", "line 2, width: \"\" is not a positive decimal number"),
            (",1,oz,,,,", "line 2, sku: is empty"),
        ] {
            let file = format!("sku,weight,weight_unit,length,width,height,size_unit\n{line}\n");
            let error = read(file.as_bytes(), Timestamp::UNIX_EPOCH).unwrap_err().to_string();
            assert!(error.starts_with(expect), "{error}");
        }
        assert!(read("sku,grams\nMUG,1\n".as_bytes(), Timestamp::UNIX_EPOCH).is_err());
    }
}
