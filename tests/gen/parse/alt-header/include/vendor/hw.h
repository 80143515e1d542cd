typedef struct { int x; } HW_Handle;
