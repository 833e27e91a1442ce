"""Files of TGDataset."""
