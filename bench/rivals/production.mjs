// Imported first by both rivals: they read NODE_ENV while they are being loaded, and only so do they run at their best.
process.env.NODE_ENV = 'production'
