// Hashes that other programs made, each with the password behind it. None was made by ours: they are published, or come
// from Python's hashlib and the crypt(3) of the system.

interface ForeignHash {
  readonly spelling: string
  readonly hash: string
  readonly password: string
}

const password = 'correct horse bätteri'
const salt = '8PHy8/T19vf4+fr7/P3+/w'
const adapted = salt.replaceAll('+', '.')
const of = (spelling: string, hash: string, its = password): ForeignHash => ({
  spelling,
  hash,
  password: its,
})

export const foreignHashes: readonly ForeignHash[] = [
  of('bcrypt 2a', '$2a$05$abcdefghijklmnopqrstuu2.lmHM47oQvYtH6aPFbHNRh0qvlNyk.'),
  of('bcrypt 2b', '$2b$05$abcdefghijklmnopqrstuu2.lmHM47oQvYtH6aPFbHNRh0qvlNyk.'),
  of('bcrypt 2y', '$2y$05$abcdefghijklmnopqrstuu2.lmHM47oQvYtH6aPFbHNRh0qvlNyk.'),
  of('bcrypt of Openwall', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'),
  of('bcrypt of Django', 'bcrypt$$2b$05$abcdefghijklmnopqrstuu2.lmHM47oQvYtH6aPFbHNRh0qvlNyk.'),
  of('bcrypt_sha256 of Django', 'bcrypt_sha256$$2b$05$abcdefghijklmnopqrstuuwEqYRMdfVBIx1H0nX6m0PPGplSUqnYG'),
  of('bcrypt of WordPress', '$wp$2y$05$abcdefghijklmnopqrstuu23RvFoaFd5O3Larp4RwmXlwD5CD3vkS'),
  // The test vectors of the reference implementation, versions 16 and 19.
  of(
    'argon2i, version 16',
    '$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ',
    'password',
  ),
  of(
    'argon2i',
    '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA',
    'password',
  ),
  of(
    'argon2id',
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    'password',
  ),
  of(
    'argon2 of Django',
    'argon2$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    'password',
  ),
  of('pbkdf2_sha1 of Django', 'pbkdf2_sha1$1200$seasalt$xOp3ly78ksIAF40qlxUKMhnG2qQ='),
  of('pbkdf2_sha256 of Django', 'pbkdf2_sha256$1200$seasalt$W6p4nxNuPKm6OCv6gkqfF5zidNoujsgZUQY2hvlWAsU='),
  // From Django's own tests.
  of(
    'scrypt of Django',
    'scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==',
    'lètmein',
  ),
  of('pbkdf2:sha1 of Werkzeug', 'pbkdf2:sha1:1200$seasalt$c4ea77972efc92c200178d2a97150a3219c6daa4'),
  of(
    'pbkdf2:sha256 of Werkzeug',
    'pbkdf2:sha256:1200$seasalt$5baa789f136e3ca9ba382bfa824a9f179ce274da2e8ec81951063686f95602c5',
  ),
  of(
    'PBKDF2 with an answer longer than its hash',
    'pbkdf2:sha256:1200$seasalt$5baa789f136e3ca9ba382bfa824a9f179ce274da2e8ec81951063686f95602c52cd1d7bfaa2de20f7d667f50dfe363224a5b88fe58e91b85508f1014f6c3cd9e',
  ),
  of(
    'pbkdf2:sha512 of Werkzeug',
    'pbkdf2:sha512:1200$seasalt$25ec790176b28da0de40213c8b359fa89a18011d042bfc72b613e2b1795dcd87fdd95e6738fe41f9611dc49fda08b2e5c3864c6b9c8e4cbb4929c0ea49125ebf',
  ),
  of(
    'scrypt of Werkzeug',
    'scrypt:1024:8:1$seasalt$f14d8c4d0e82fc5ec586ff5c3115fe05ffb74f7b031d44eaf241c276726f51d2285d998ce4d83a382193249487b0bac76eeb3af37faaade8e0e79354c8ef33e5',
  ),
  of('pbkdf2 of passlib', `$pbkdf2$1200$${adapted}$ygqyVELid8R8OLyuiPXx4r84OPQ`),
  of(
    'pbkdf2-sha256 of passlib',
    `$pbkdf2-sha256$1200$${adapted}$/hiJnMhEThj8rIJLK7noaqUVF9vGn.gzz7.ltNidCj0`,
  ),
  of(
    'pbkdf2-sha512 of passlib',
    `$pbkdf2-sha512$1200$${adapted}$4ypaLFRcStQUKtPyZgjEL.m6PyfrbbZVCIOTntsxsW9FX8w3yvQt8kENfje/ZA61ZRFZZX2qd/TVIHC5XhXwZw`,
  ),
  of('PBKDF2 as PHC', `$pbkdf2-sha256$i=1200,l=32$${salt}$/hiJnMhEThj8rIJLK7noaqUVF9vGn+gzz7+ltNidCj0`),
  of('PBKDF2 as PHC, SHA-1', `$pbkdf2-sha1$i=1200$${salt}$ygqyVELid8R8OLyuiPXx4r84OPQ`),
  of('scrypt as PHC', `$scrypt$ln=10,r=8,p=1$${salt}$CSkOwNk0gjg4Z9bzCv/S/2KxS8s7nPQmHfR06ZsfPLA`),
  of('scrypt of Kratos', `$scrypt$ln=1024,r=8,p=1$${salt}==$CSkOwNk0gjg4Z9bzCv/S/2KxS8s7nPQmHfR06ZsfPLA=`),
  // From phpass's own tests.
  of('phpass', '$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0', 'test12345'),
  of('phpass of phpBB', '$H$7saltsalt.aRl7SuHvERo6T1p7zW941'),
  of('phpass of WordPress', '$P$Bsaltsalto.j2qeMEh6QbHcbUb7Inp/'),
]

/** What the documentation of Firebase's scrypt publishes. */
export const firebaseExample = {
  password: 'user1password',
  salt: '42xEC+ixf3L2lw==',
  hash: 'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
  signerKey: 'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
  saltSeparator: 'Bw==',
  rounds: 8,
  memCost: 14,
} as const
