"""Store backends: one file per database."""
